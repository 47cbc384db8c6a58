/**
 * Real servers, with names of the test's own: a table, a group, a topic.
 * Addresses come from the environment. The cache is the test's own as well,
 * because a cache belongs to one table.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { defineConfig } from "@trilane/feature-groups";
import { createDynamoDb, createLogger, loadSettings, openPlatform, type Platform } from "@trilane/lane-kit";
import { cacheConfig, startRedis } from "@trilane/servers";
import { applyTable } from "@trilane/write-through/dynamodb";
import type { Admin, Consumer, Kafka, KafkaMessage, Message, Producer } from "kafkajs";
import kafkajs from "kafkajs";
import { vi } from "vitest";
import {
  createKafka,
  createTopics,
  deadTopicOf,
  openKafkaStream,
  readLag,
  totalLag,
  type KafkaStream,
} from "../src/index.ts";
import { routesGroup } from "./routes-group.ts";

/** The shortest timeout that a broker allows by default. After it a killed process's partitions are free again. */
export const SESSION_TIMEOUT_MS = 6_000;
const WAIT_MS_MAX = 30_000;

export interface StreamFixture {
  readonly platform: Platform;
  readonly kafka: Kafka;
  readonly admin: Admin;
  /** The feature group, the consumer group and the topic have one name; a second feature group is `<name>-copy`. */
  readonly name: string;
  readonly bindings: ReadonlyMap<string, string>;
  openStream(options?: { readonly metadataAgeMsMax?: number }): Promise<KafkaStream>;
  produce(messages: readonly Message[], compression?: kafkajs.CompressionTypes, topic?: string): Promise<void>;
  lag(): Promise<number>;
  caughtUp(): Promise<void>;
  deadLetters(count: number): Promise<readonly KafkaMessage[]>;
  startProcess(args?: readonly string[], environment?: Readonly<Record<string, string>>): ChildProcess;
  close(): Promise<void>;
}

/** `environment` has addresses of servers that belong to the test alone. */
export async function openStreamFixture(
  partitions: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<StreamFixture> {
  const name = `t-${randomBytes(6).toString("hex")}`;
  const cache = await startRedis({ name: "cache", config: cacheConfig() });
  const settings = { ...loadSettings({ ...process.env, ...environment, TRILANE_CACHE_URL: cache.url }), table: name };
  const logger = createLogger("test", process.env["TRILANE_TEST_LOG"] ?? "silent");
  const dynamodb = createDynamoDb(settings);
  await applyTable(dynamodb, name);
  dynamodb.destroy();
  const platform = await openPlatform({
    name: "test",
    settings,
    logger,
    config: defineConfig({ groups: { [name]: routesGroup, [`${name}-copy`]: routesGroup } }),
  });
  const brokers = settings.kafkaBrokers;
  const kafka = createKafka({ brokers, clientId: name, logger });
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await Promise.all([admin.connect(), producer.connect()]);
  await createTopics(admin, [{ topic: name, numPartitions: partitions }]);
  const lag = async (): Promise<number> => totalLag(await readLag(admin, { groupId: name, topics: [name] }));
  return {
    platform,
    kafka,
    admin,
    name,
    bindings: new Map([[name, name]]),
    openStream: (options = {}) =>
      openKafkaStream({
        brokers,
        table: name,
        consumerGroups: [{ groupId: name, topics: [name] }],
        logger,
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        ...options,
      }),
    produce: (messages, compression = kafkajs.CompressionTypes.None, topic = name) =>
      produce(producer, topic, messages, compression),
    lag,
    caughtUp: () => eventually(async () => (await lag()) === 0),
    deadLetters: (count) => readTopic(kafka, deadTopicOf(name, name), count),
    startProcess: (args = [], environment = {}) => startProcess({ name, cacheUrl: cache.url, args, environment }),
    async close() {
      await Promise.all([admin.disconnect(), producer.disconnect(), platform.close()]);
      await cache.stop();
    },
  };
}

/** Looks again until the condition holds. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  await vi.waitUntil(holds, { timeout: WAIT_MS_MAX, interval: 50 });
}

export function flight(destination: string, minute: number): Message {
  const date = new Date(Date.UTC(2_001, 5, 1) + minute * 60_000).toISOString();
  return { value: JSON.stringify({ origin: "SEA", destination, date, delay: minute }) };
}

async function produce(
  producer: Producer,
  topic: string,
  messages: readonly Message[],
  compression: kafkajs.CompressionTypes,
): Promise<void> {
  await producer.send({ topic, messages: [...messages], compression, acks: -1 });
}

export async function readTopic(kafka: Kafka, topic: string, count: number): Promise<readonly KafkaMessage[]> {
  const consumer: Consumer = kafka.consumer({ groupId: `${topic}-reader`, maxWaitTimeInMs: 100 });
  const messages: KafkaMessage[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      messages.push(message);
    },
  });
  await eventually(async () => messages.length >= count);
  await consumer.disconnect();
  return messages;
}

function startProcess({
  name,
  cacheUrl,
  args,
  environment,
}: {
  readonly name: string;
  readonly cacheUrl: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}): ChildProcess {
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const all = [
    main,
    ...args,
    "--topic",
    `${name}=${name}`,
    "--group-id",
    name,
    "--session-timeout-ms",
    String(SESSION_TIMEOUT_MS),
  ];
  return spawn(process.execPath, all, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NODE_ENV: "production",
      TRILANE_TABLE: name,
      TRILANE_CACHE_URL: cacheUrl,
      TRILANE_TEST_GROUP: name,
      TRILANE_LOG_LEVEL: "info",
      TRILANE_CONFIG: fileURLToPath(new URL("trilane.config.ts", import.meta.url)),
      ...environment,
    },
  });
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** To call directly after the start; earlier output would be lost. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr?.on("data", (chunk) => (stderr += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}
