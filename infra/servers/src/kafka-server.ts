/**
 * One Kafka broker that is its own controller (KRaft). Topics are never made
 * by themselves; internal topics are small, so first uses are fast.
 */
import { execFile } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Kafka, logLevel } from "kafkajs";
import { ServersError } from "./errors.ts";
import { fetchServers } from "./fetch-servers.ts";
import type { FetchedServers } from "./fetch-servers.ts";
import { freePort } from "./free-port.ts";
import { fillTemplate, javaCommand } from "./java-server.ts";
import { startNativeServer } from "./native-server.ts";
import type { ServerHandle, ServerPlace, StartOptions } from "./native-server.ts";

export interface StartKafkaOptions extends StartOptions {
  /** Broker properties that replace or follow those of `native/kafka.properties`. */
  readonly properties?: Readonly<Record<string, string>>;
}

const run = promisify(execFile);
const readyWithinMs = 60_000;
const heapMiBMax = 512;
/** One fixed cluster: a data directory can be started again by any later process. */
const clusterId = "VHJpbGFuZUxvY2FsS2Fma2";
const fastStart = ["-XX:TieredStopAtLevel=1"];

/**
 * `url` of the result is the broker's `host:port`.
 * @throws ServersError `exited`, `not-ready`, `port-taken`; those of `fetchServers`.
 */
export async function startKafka(options: StartKafkaOptions = {}): Promise<ServerHandle> {
  const fetched = await fetchServers();
  return await startNativeServer(
    {
      name: "kafka",
      engine: "kafka",
      version: fetched.versions.kafka,
      persistent: true,
      readyWithinMs,
      url: (port) => `127.0.0.1:${port}`,
      async command({ port, dataDirectory, scratchDirectory }) {
        const file = join(scratchDirectory, "kafka.properties");
        const words = { port, dataDirectory, controllerPort: await freePort() };
        const own = Object.entries(options.properties ?? {}).map(([key, value]) => `${key}=${value}\n`);
        await writeFile(file, (await fillTemplate("kafka.properties", words)) + own.join(""));
        if ((await readdir(dataDirectory)).length === 0) await format(fetched, file);
        return javaCommand(fetched, { mainClass: "kafka.Kafka", args: [file], heapMiBMax, jvmOptions: fastStart });
      },
      ping,
    },
    options,
  );
}

async function format(fetched: FetchedServers, file: string): Promise<void> {
  const args = ["format", "--cluster-id", clusterId, "--config", file];
  const tool = javaCommand(fetched, {
    mainClass: "kafka.tools.StorageTool",
    args,
    heapMiBMax,
    jvmOptions: fastStart,
  });
  await run(tool.file, [...tool.args]).catch((error: unknown) => {
    throw new ServersError("exited", "Kafka's storage could not be formatted", { cause: error });
  });
}

async function ping(place: ServerPlace, timeoutMs: number): Promise<void> {
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${place.port}`],
    clientId: "trilane-servers",
    connectionTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { brokers, controller } = await admin.describeCluster();
    const named = brokers.some((broker) => broker.port === place.port);
    if (!named || controller === null) throw new Error("the broker has no controller yet");
  } finally {
    await admin.disconnect();
  }
}
