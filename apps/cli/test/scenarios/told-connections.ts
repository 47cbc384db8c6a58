/** Opens a connection as a process does when it starts, and tells what was said, how soon, and the exit code. */
import { once } from "node:events";
import { createServer as createPlainServer, type Server } from "node:http";
import { createServer } from "node:https";
import { readFileSync } from "node:fs";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { sourceError } from "@trilane/batch-loader";
import {
  awsProblemOf,
  connectCacheClient,
  createCacheClient,
  createDynamoDb,
  createS3,
  checkRegion,
  createLogger,
  exitCodeOf,
  loadSettings,
  redisProblemOf,
  type Settings,
} from "@trilane/lane-kit";
import { openQueueConnection } from "@trilane/job-worker";
import type { Certificates } from "@trilane/servers";
import { checkBrokers } from "@trilane/stream-consumer";
import { messageOf, systemClock } from "@trilane/write-through";
import { checkTableFormat } from "@trilane/write-through/dynamodb";

export type ServerKind = "kafka" | "cache" | "queue" | "dynamodb" | "s3";

export interface Told {
  readonly message: string;
  readonly seconds: number;
  readonly code: number | null;
}

const logger = createLogger("test", "silent");

/** Tries the connection as a process does when it starts. */
export async function told(
  { server }: { readonly server: ServerKind },
  environment: Readonly<Record<string, string>>,
): Promise<Told | null> {
  const startMs = systemClock.monotonicMs();
  const error: unknown = await attempt(server, environment).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error === null) return null;
  const seconds = (systemClock.monotonicMs() - startMs) / 1_000;
  return {
    message: messageOf(error),
    seconds,
    code: server === "cache" && !("variable" in Object(error)) ? null : exitCodeOf(error),
  };
}

async function attempt(server: ServerKind, environment: Readonly<Record<string, string>>): Promise<void> {
  const settings = loadSettings(environment);
  switch (server) {
    case "kafka":
      return await askKafka(settings);
    case "cache":
      return await askCache(settings);
    case "queue": {
      const { queueUrl, queueAccess: access } = settings;
      const onError = (): void => undefined;
      (await openQueueConnection({ queueUrl, access, role: "worker", clock: systemClock, onError })).disconnect();
      return;
    }
    case "dynamodb":
      return await askStore(settings);
    case "s3":
      return await askBucket(settings);
  }
}

async function askKafka({ kafkaBrokers: brokers, kafkaSecurity: security, region }: Settings): Promise<void> {
  await checkBrokers({ brokers, security, region, clientId: "test", logger, clock: systemClock });
}

async function askCache(settings: Settings): Promise<void> {
  const client = createCacheClient(settings, { logger, process: "test" });
  try {
    await connectCacheClient(client);
    await client.info();
  } catch (error) {
    throw new Error(await redisProblemOf(error, { server: "CACHE", url: settings.cacheUrl }));
  } finally {
    client.disconnect();
  }
}

async function askStore(settings: Settings): Promise<void> {
  const client = createDynamoDb(settings);
  try {
    await checkRegion(client);
    await checkTableFormat(client, "rights");
  } catch (error) {
    throw await awsProblemOf(error, { variable: "TRILANE_DYNAMODB_ENDPOINT", endpoint: settings.dynamodbEndpoint });
  } finally {
    client.destroy();
  }
}

/** As a load begins. */
async function askBucket(settings: Settings): Promise<void> {
  const s3 = createS3(settings);
  try {
    await s3.send(new ListObjectsV2Command({ Bucket: "a-bucket" }));
  } catch (error) {
    throw sourceError(error, "cannot list s3://a-bucket/");
  } finally {
    s3.destroy();
  }
}

export interface AwsStandIns {
  /** They answer as AWS does to a key that it does not know. */
  readonly refusing: string;
  /** The same over TLS, by an authority that nobody trusts. */
  readonly untrusted: string;
  close(): Promise<void>;
}

export async function startAwsStandIns({ server: { certificate, key } }: Certificates): Promise<AwsStandIns> {
  const answer = JSON.stringify({
    __type: "com.amazon.coral.service#UnrecognizedClientException",
    message: "The security token included in the request is invalid.",
  });
  const servers: readonly Server[] = [
    createPlainServer(),
    createServer({ cert: readFileSync(certificate), key: readFileSync(key) }),
  ];
  const urls: string[] = [];
  for (const [index, server] of servers.entries()) {
    server.on("request", (_request, response) => {
      response.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
      response.end(answer);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    urls.push(`${index === 0 ? "http" : "https"}://127.0.0.1:${port}`);
  }
  const [refusing = "", untrusted = ""] = urls;
  return {
    refusing,
    untrusted,
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
        await once(server, "close");
      }
    },
  };
}
