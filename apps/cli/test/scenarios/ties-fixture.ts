/**
 * Sources whose records tie, and tables into which lanes take them: objects,
 * topics and jobs that can be delivered again and again, in any order.
 *
 * Addresses come from the environment; the bucket, the tables, the topics and
 * the queue are the test's own.
 */
import { randomBytes } from "node:crypto";
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { load, openLoadStores } from "@trilane/batch-loader";
import { decodePayload, defineConfig, defineGroup, type FeatureConfig, integer, years } from "@trilane/feature-groups";
import { type JobQueue, openJobQueue, work } from "@trilane/job-worker";
import { createDynamoDb, createLogger, createS3, loadSettings, openPlatform, type Platform } from "@trilane/lane-kit";
import { cacheConfig, type ServerHandle, startRedis } from "@trilane/servers";
import { consume, createKafka, createTopics, openKafkaStream, readLag, totalLag } from "@trilane/stream-consumer";
import { parseVersion } from "@trilane/write-through";
import { applyTable } from "@trilane/write-through/dynamodb";
import type { Message } from "kafkajs";
import { vi } from "vitest";
import * as z from "zod";

export const GROUP = "prices";
/** All records of all sources have this event time: 2001-07-01. */
export const AT_MS = 993_945_600_000;
const SESSION_TIMEOUT_MS = 6_000;
const WAITED = { timeout: 30_000, interval: 20 };
const MS_PER_SECOND = 1_000;

export interface Row {
  readonly id: string;
  readonly value: number;
}

/** A table with the lanes' writer and reader, and the values of its keys. */
export interface TieTable {
  readonly platform: Platform;
  /** The same table with a configuration in which the group's schema was corrected: prices in cents. */
  readonly mended: Platform;
  heldBy(id: string): Promise<Held>;
}

export interface Held {
  readonly value: number | "deleted" | "nothing";
  readonly lane: string;
  readonly schemaVersion: number;
  readonly version: string;
}

export interface TieSources {
  readonly jobs: JobQueue;
  openTable(): Promise<TieTable>;
  upload(name: string, body: string): Promise<number>;
  uploadLaterThan(second: number, name: string, body: string): Promise<void>;
  uploadWithinASecond(bodies: Readonly<Record<string, string>>): Promise<void>;
  load(platform: Platform, name: string): Promise<void>;
  /** Creates the topic again, with these messages in one partition, and consumes it. */
  consume(platform: Platform, topic: string, messages: readonly Message[]): Promise<void>;
  /** Runs the jobs that are sent meanwhile. */
  whileWorking(platform: Platform, send: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

const name = `ties-${randomBytes(6).toString("hex")}`;
const logger = createLogger("ties", process.env["TRILANE_TEST_LOG"] ?? "silent");
const settings = loadSettings();

export function csv(rows: readonly Row[]): string {
  return `id,at,value\n${rows.map(({ id, value }) => `${id},${AT_MS},${value}\n`).join("")}`;
}

export function ndjson(rows: readonly Row[]): string {
  return rows.map((row) => `${JSON.stringify(recordOf(row))}\n`).join("");
}

export function recordOf({ id, value }: Row): Readonly<Record<string, unknown>> {
  return { id, at: AT_MS, value };
}

export function message(row: Row, timestampMs: number): Message {
  return { value: JSON.stringify(recordOf(row)), timestamp: String(timestampMs) };
}

export function deletion(id: string, timestampMs: number): Message {
  return { key: JSON.stringify({ id, at: AT_MS }), value: null, timestamp: String(timestampMs) };
}

function configOf(schemaVersion: number, factor: number): FeatureConfig {
  return defineConfig({
    groups: {
      [GROUP]: defineGroup({
        key: ["id"],
        eventTime: { field: "at", unit: "ms" },
        schema: z.object({ value: integer().transform((value) => Number(value) * factor) }),
        schemaVersion,
        ttlMs: years(100),
      }),
    },
  });
}

export async function openTieSources(): Promise<TieSources> {
  const cache = await startRedis({ name: "cache", config: cacheConfig() });
  const jobs = await openJobQueue({ queueUrl: settings.queueUrl, queue: name });
  const s3 = createS3(settings);
  const platforms: Platform[] = [];
  let tables = 0;
  return {
    jobs,
    async openTable() {
      const [platform, mended] = await openPlatforms(`${name}-${(tables += 1)}`, cache);
      platforms.push(platform, mended);
      return { platform, mended, heldBy: (id) => heldBy(platform, id) };
    },
    ...(await openObjects(s3)),
    consume: consumeAnew,
    whileWorking,
    async close() {
      await jobs.close();
      await Promise.all(platforms.map((platform) => platform.close()));
      s3.destroy();
      await cache.stop();
    },
  };
}

async function openPlatforms(table: string, cache: ServerHandle): Promise<readonly [Platform, Platform]> {
  const own = { ...loadSettings({ ...process.env, TRILANE_CACHE_URL: cache.url }), table };
  const dynamodb = createDynamoDb(own);
  await applyTable(dynamodb, table).finally(() => dynamodb.destroy());
  const open = (config: FeatureConfig): Promise<Platform> => openPlatform({ name, settings: own, logger, config });
  return [await open(configOf(1, 1)), await open(configOf(2, 100))];
}

async function heldBy({ reader }: Platform, id: string): Promise<Held> {
  const { store, verdict } = await reader.explain(GROUP, { id });
  if (store.kind === "failed") throw store.error;
  if (verdict !== "agree" && verdict !== "store-answers") throw new Error(`${id}: cache and store: ${verdict}`);
  const { version, body } = store.copy;
  if (body === null) return { value: "nothing", lane: "-", schemaVersion: 0, version };
  const { lane, schemaVersion } = parseVersion(version);
  if (body.payload === null) return { value: "deleted", lane, schemaVersion, version };
  const { value } = decodePayload(body.payload).features as { readonly value: number };
  return { value, lane, schemaVersion, version };
}

type ObjectSources = Pick<TieSources, "upload" | "uploadLaterThan" | "uploadWithinASecond" | "load">;

async function openObjects(s3: S3Client): Promise<ObjectSources> {
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  let loads = 0;
  const upload: TieSources["upload"] = async (Key, body) => {
    await s3.send(new PutObjectCommand({ Bucket: name, Key, Body: Buffer.from(body) }));
    const { LastModified } = await s3.send(new HeadObjectCommand({ Bucket: name, Key }));
    return Math.floor(Number(LastModified) / MS_PER_SECOND);
  };
  return {
    upload,
    async uploadLaterThan(second, key, body) {
      await vi.waitUntil(async () => (await upload(key, body)) > second, WAITED);
    },
    async uploadWithinASecond(bodies) {
      await vi.waitUntil(async () => {
        const seconds = new Set<number>();
        for (const [key, body] of Object.entries(bodies)) seconds.add(await upload(key, body));
        return seconds.size === 1;
      }, WAITED);
    },
    async load(platform, key) {
      // A new id each time: by the id that follows from the object, a finished load would do nothing.
      const loadId = `load-${(loads += 1)}`;
      const stores = openLoadStores(platform);
      const source = `s3://${name}/${key}`;
      await load({ platform, stores, group: GROUP, source, loadId }).finally(() => stores.close());
    },
  };
}

async function consumeAnew(platform: Platform, topic: string, messages: readonly Message[]): Promise<void> {
  const brokers = settings.kafkaBrokers;
  const kafka = createKafka({ brokers, clientId: name, logger });
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await Promise.all([admin.connect(), producer.connect()]);
  const [own, groupId] = [`${name}-${topic}`, `${name}-${randomBytes(6).toString("hex")}`];
  try {
    if ((await admin.listTopics()).includes(own)) await admin.deleteTopics({ topics: [own] });
    const topics = [{ topic: own, numPartitions: 1 }];
    await vi.waitUntil(() => createTopics(admin, topics), WAITED);
    await producer.send({ topic: own, messages: [...messages], acks: -1 });
    const stream = await openKafkaStream({
      brokers,
      table: name,
      consumerGroups: [{ groupId, topics: [own] }],
      logger,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
    });
    const stop = new AbortController();
    const { source, deadLetters } = stream;
    const bindings = new Map([[own, GROUP]]);
    const done = consume({ platform, source, deadLetters, bindings, signal: stop.signal });
    const isRead = async (): Promise<boolean> => totalLag(await readLag(admin, { groupId, topics: [own] })) === 0;
    await Promise.race([vi.waitUntil(isRead, WAITED), done]).finally(() => stop.abort());
    await done.finally(() => stream.close());
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }
}

async function whileWorking(platform: Platform, send: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const ready = Promise.withResolvers<void>();
  const done = work({ platform, queue: name, signal: stop.signal, onReady: () => ready.resolve() });
  done.catch(ready.reject);
  await ready.promise;
  await send().finally(() => stop.abort());
  await done;
}
