/**
 * Prepares everything that the load needs: table, bucket, topics, the watched
 * fence, and names of this run's own.
 */
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import {
  connectCacheClient,
  createCache,
  createCacheClient,
  createDynamoDb,
  createLogger,
  createS3,
  loadSettings,
  openPlatform,
  type Platform,
  type Settings,
} from "@trilane/lane-kit";
import { fetchFaketime, freePort, type RedisEngine } from "@trilane/servers";
import type { Cache, CacheEpochStore } from "@trilane/write-through";
import { applyTable, DynamoCacheEpoch } from "@trilane/write-through/dynamodb";
import { seededRandom } from "@trilane/write-through/testing";
import { createTopics, deadTopicOf, letIdleRequestsRest } from "@trilane/stream-consumer";
import { Kafka, logLevel } from "kafkajs";
import { CacheFaults } from "./faults/cache-faults.ts";
import { CacheLoss, type CacheLossFaults, type CacheLossKind, type CacheTopology } from "./faults/cache-loss.ts";
import { ClusterLoss } from "./faults/cluster-loss.ts";
import type { EdgeFault } from "./faults/edge-fault.ts";
import { openEdges } from "./faults/open-edges.ts";
import { operatedCache } from "./faults/operated-cache.ts";
import { config } from "./torture.config.ts";
import { TortureProcesses } from "./torture-processes.ts";
import type { TortureServers } from "./torture-servers.ts";
import { Persons } from "./workload/persons.ts";
import { SentRecords } from "./workload/sent-records.ts";

export interface TortureStage {
  readonly servers: TortureServers;
  readonly processes: TortureProcesses;
  /** The conductor's own platform, on the servers without proxies. */
  readonly platform: Platform;
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBClient;
  /** Whether persons are erased in the run. */
  readonly erases: boolean;
  /** Null in a run in which epochs begin. */
  readonly cacheFaults: CacheFaults | null;
  /** Null in a run that does not lose the cache. */
  readonly cacheLoss: CacheLossFaults | null;
  /** The fault in which the cache is switched off and on by hand. */
  readonly operated: CacheLossKind;
  /** One list for each track; empty in a run without faults at the edges. */
  readonly edges: readonly (readonly EdgeFault[])[];
  readonly cacheEpochs: CacheEpochStore;
  /** Connected like the platform, without proxies. */
  readonly kafka: Kafka;
  /** The name of the run, which its table, topic, consumer group, queue and bucket have too. */
  readonly run: string;
  readonly sent: SentRecords;
  /** Faults that this machine cannot cause, with the reason. */
  readonly leftOut: Readonly<Record<string, string>>;
}

export const PARTITIONS = 4;
const KAFKA_TIMEOUT_MS = 15_000;
const KAFKA_RETRIES = 20;
const ERASURES_PREFIX = "erasures";
const ERASURE_REST_MS = "2000";
/**
 * Where the cache is not lost it stays on through all faults of its links, because the run is about fences and copies.
 */
const PATIENT = { TRILANE_CACHE_GRACE_MS: "20000" };
/** The longer a lease, the longer two processes may know different epochs, and only then does a wrong clock do harm. */
const LONG_LEASES = { ...PATIENT, TRILANE_CACHE_LEASE_MS: "6000" };

/** The name of a run, which its table, topic, consumer group, queue and bucket have too. */
export function runNameOf(seed: number): string {
  return `torture-${seed}-${process.pid}`;
}

/** @param cleanups gets the functions that end what was made, in the order in which it was made */
export async function setTortureStage(
  options: {
    readonly seed: number;
    readonly say: (line: string) => void;
    readonly engine?: RedisEngine;
    /** Null: the cache is not lost. */
    readonly topology: CacheTopology | null;
    readonly alone?: "cache-loss" | "clock-steps";
    readonly edges?: boolean;
  },
  servers: TortureServers,
  cleanups: (() => Promise<void> | void)[],
): Promise<TortureStage> {
  const run = runNameOf(options.seed);
  const directory = resolve(".trilane", "torture", run);
  await rm(directory, { recursive: true, force: true });
  const { topology } = options;
  const cacheLoss = topology === null ? null : await openCacheLoss(servers, topology, options);
  cleanups.push(() => cacheLoss?.close());
  const ofCache = cacheLoss?.environment ?? (options.alone === "clock-steps" ? LONG_LEASES : PATIENT);
  const environment = { ...ofCache, ...erasureEnvironment(run) };
  const where = { ...servers.directEnvironment, ...environment };
  const settings = loadSettings({ ...where, TRILANE_TABLE: run, TRILANE_CACHE_NAME: run, TRILANE_LOG_LEVEL: "warn" });
  // The SDK takes the credentials from the environment.
  Object.assign(process.env, servers.directEnvironment);
  const dynamodb = createDynamoDb(settings);
  cleanups.push(() => dynamodb.destroy());
  await applyTable(dynamodb, run);
  const s3 = createS3(settings);
  cleanups.push(() => s3.destroy());
  // The platform looks there for the list of erasures when it opens.
  await s3.send(new CreateBucketCommand({ Bucket: run }));
  const platform = await openPlatform({ name: "torture", settings, config, logger: createLogger("torture", "warn") });
  cleanups.push(() => platform.close());
  const kafka = openKafka(settings, run);
  await prepareTopics(kafka, run);
  await servers.security?.grantOnKafka(kafka);
  // A fence of an older epoch is removed, so it can be watched only where no epoch begins.
  const isSteady = topology === null && options.alone === undefined;
  const cacheFaults = isSteady ? await openCacheFaults(servers, platform, run) : null;
  cleanups.push(() => cacheFaults?.close());
  const apiPort = await freePort();
  const faketime = await fetchFaketime();
  const leftOut = faketime.available || options.alone === "cache-loss" ? {} : { "clock steps": faketime.reason };
  for (const [fault, reason] of Object.entries(leftOut)) options.say(`${fault} are left out: ${reason}`);
  const processes = new TortureProcesses({
    servers,
    run,
    directory,
    apiPort,
    seed: options.seed,
    environment,
    faketimeLibrary: faketime.available && options.alone !== "cache-loss" ? faketime.library : null,
  });
  cleanups.push(() => processes.stop());
  options.say(`logs and recordings are in ${directory}`);
  const cacheEpochs = new DynamoCacheEpoch(dynamodb, { table: run });
  const operated = operatedCache({
    cacheEpochs,
    cache: await openCache(settings, cleanups),
    random: seededRandom(options.seed),
  });
  const sent = new SentRecords({ persons: new Persons(options.seed) });
  const own = { servers, processes, platform, s3, kafka, run, say: options.say };
  const edges = options.edges === true ? await openEdges(own, cleanups) : [];
  const erases = options.alone !== "cache-loss";
  return { ...own, dynamodb, erases, cacheFaults, cacheLoss, operated, edges, cacheEpochs, sent, leftOut };
}

/** The last sweep of an erasure comes soon after the one before it, and the list is also kept in the bucket of the run. */
function erasureEnvironment(run: string): Readonly<Record<string, string>> {
  return {
    TRILANE_ERASURE_REST_MS: ERASURE_REST_MS,
    TRILANE_ERASURE_COPY: `s3://${run}/${ERASURES_PREFIX}`,
    TRILANE_SUBJECT_KEY: randomUUID(),
  };
}

function openKafka({ kafkaBrokers }: Settings, run: string): Kafka {
  letIdleRequestsRest();
  return new Kafka({
    clientId: run,
    brokers: [...kafkaBrokers],
    logLevel: logLevel.NOTHING,
    requestTimeout: KAFKA_TIMEOUT_MS,
    retry: { retries: KAFKA_RETRIES },
  });
}

function openCacheFaults(servers: TortureServers, { cacheEpoch }: Platform, run: string): Promise<CacheFaults> {
  const epoch = cacheEpoch.known?.cacheEpoch.epoch ?? 0;
  return CacheFaults.open({ url: servers.servers.cache.url, prefix: `${run}:`, epoch });
}

/** The conductor's own cache beside that of its platform, such as an operator's command has. */
async function openCache(settings: Settings, cleanups: (() => void)[]): Promise<Cache> {
  const client = createCacheClient(settings, { logger: createLogger("torture", "warn"), process: "operator" });
  cleanups.push(() => client.disconnect());
  await connectCacheClient(client);
  return createCache(settings, client);
}

function openCacheLoss(
  servers: TortureServers,
  topology: CacheTopology,
  { engine, seed }: { readonly engine?: RedisEngine; readonly seed: number },
): Promise<CacheLossFaults> {
  const random = seededRandom(seed);
  if (topology === "cluster") return ClusterLoss.open({ engine, random });
  return CacheLoss.open({ servers, topology, engine, random });
}

async function prepareTopics(kafka: Kafka, run: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const topics = [run, deadTopicOf(run, run)].map((topic) => ({ topic, numPartitions: PARTITIONS }));
  await createTopics(admin, topics);
  await admin.disconnect();
}
