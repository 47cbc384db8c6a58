/**
 * The five servers with TLS, users and rights: what a company runs, as far as
 * it can be had on one machine. Each server also has an open way for those who
 * set it up. DynamoDB Local and the S3 server know no rights, so a gate that
 * knows them stands before each.
 */
import { startAwsGate } from "./aws-gate.ts";
import type { Certificates } from "./certificates.ts";
import { localCredentials } from "./config.ts";
import { startDynamoDb } from "./dynamodb-server.ts";
import { freePort } from "./free-port.ts";
import { startKafka } from "./kafka-server.ts";
import { cacheConfig, queueConfig, startRedis } from "./redis-server.ts";
import { createSecurity, setDirective } from "./security.ts";
import { startS3 } from "./s3-server.ts";

export interface SecuredServersOptions {
  readonly users: readonly string[];
  /** The IAM actions of a user. */
  readonly awsActionsOf: (user: string) => readonly string[];
}

export interface SecuredServers {
  /** The open ways, with all rights. */
  readonly env: Readonly<Record<string, string>>;
  /** The secured ways of a user. */
  environmentOf(user: string): Readonly<Record<string, string>>;
  readonly certificates: Certificates;
  /** Gives a user of the cache or the queue the rules of `ACL SETUSER`. */
  grant(server: "cache" | "queue", user: string, rules: readonly string[]): Promise<void>;
  /** Whether cache and queue ask for a client certificate. */
  wantClientCertificates(areWanted: boolean): Promise<void>;
  /** Calls to AWS and commands of cache and queue that were refused, as `user action`, each once. */
  refused(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Those that companies have beside SCRAM are left out, so that a login by another one is refused. */
const MECHANISMS: Readonly<Record<string, string>> = { "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512" };

/** @throws ServersError the first failure; nothing is left running then */
export async function startSecuredServers({ users, awsActionsOf }: SecuredServersOptions): Promise<SecuredServers> {
  const cleanups: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const clean of cleanups.splice(0).toReversed()) await clean();
  };
  const kept = async <Resource>(made: Promise<Resource>, end: (made: Resource) => Promise<void>): Promise<Resource> => {
    const resource = await made;
    cleanups.push(() => end(resource));
    return resource;
  };
  try {
    const security = await kept(createSecurity({ users }), (made) => made.close());
    const ports = { kafka: security.kafka.loginPort, cache: await freePort(), queue: await freePort() };
    const end = (server: { stop(): Promise<void> }): Promise<void> => server.stop();
    const started = await Promise.allSettled([
      kept(startKafka({ secured: security.kafka, properties: MECHANISMS }), end),
      kept(startDynamoDb(), end),
      kept(startS3(), end),
      kept(startRedis({ name: "cache", config: { ...cacheConfig(), ...security.tlsConfig(ports.cache) } }), end),
      kept(startRedis({ name: "queue", config: { ...queueConfig, ...security.tlsConfig(ports.queue) } }), end),
    ]);
    const urls = started.map((result) => {
      if (result.status === "rejected") throw result.reason;
      return result.value;
    });
    const [kafka, dynamodb, s3, cache, queue] = urls.map(({ url }) => url);
    const mayDo = (user: string, action: string): boolean => awsActionsOf(user).includes(action);
    const gateOf = (index: number): ReturnType<typeof startAwsGate> =>
      kept(startAwsGate({ upstreamPort: urls[index]?.port ?? 0, mayDo }), (gate) => gate.close());
    const gates = { dynamodb: await gateOf(1), s3: await gateOf(2) };
    const credentials = {
      AWS_REGION: localCredentials.region,
      AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    };
    const open = { cache: cache ?? "", queue: queue ?? "" };
    return {
      env: {
        ...credentials,
        TRILANE_KAFKA_BROKERS: kafka ?? "",
        TRILANE_DYNAMODB_ENDPOINT: dynamodb ?? "",
        TRILANE_S3_ENDPOINT: s3 ?? "",
        TRILANE_CACHE_URL: open.cache,
        TRILANE_QUEUE_URL: open.queue,
      },
      environmentOf: (user) => ({
        ...credentials,
        TRILANE_DYNAMODB_ENDPOINT: `http://127.0.0.1:${gates.dynamodb.port}`,
        TRILANE_S3_ENDPOINT: `http://127.0.0.1:${gates.s3.port}`,
        ...security.environmentOf(user, ports),
      }),
      certificates: security.certificates,
      grant: (server, user, rules) => security.grant(open[server], user, rules),
      async wantClientCertificates(areWanted) {
        for (const url of Object.values(open))
          await setDirective(url, "tls-auth-clients", areWanted ? "yes" : "optional");
      },
      async refused() {
        const commands = await Promise.all(Object.values(open).map((url) => security.refused(url)));
        return [...new Set([...gates.dynamodb.refused, ...gates.s3.refused, ...commands.flat()])].toSorted();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
