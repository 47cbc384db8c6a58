/**
 * Prepares everything that the lanes need: names of this run's own, table,
 * bucket, topics, and the processes.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import {
  createDynamoDb,
  createLogger,
  createS3,
  loadSettings,
  openPlatform,
  type Platform,
  putFile,
  type Settings,
} from "@trilane/lane-kit";
import { freePort, type SecuredServers } from "@trilane/servers";
import { applyTable } from "@trilane/write-through/dynamodb";
import { deadTopicOf, letIdleRequestsRest } from "@trilane/stream-consumer";
import { Kafka, logLevel } from "kafkajs";
import { type DemoData, prepareDemoData } from "./demo-data.ts";
import { refreshEnvironment } from "./demo-environment.ts";
import { LaneProcess } from "./lane-process.ts";
import { type Outage, type OutageServer, prepareOutage } from "./outage.ts";
import { grantPrograms } from "./secured-programs.ts";
import { prepareTopics } from "./produce-flights.ts";

export type LaneName = "batch" | "stream" | "worker";
export type ProgramName = LaneName | "api" | "reader";

export interface DemoStage {
  readonly data: DemoData;
  readonly platform: Platform;
  readonly settings: Settings;
  /** A client that looks at the items of checkpoints. */
  readonly dynamodb: DynamoDBClient;
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  readonly queue: string;
  readonly api: string;
  readonly logDirectory: string;
  /** The prepared outage; null where none was asked for. */
  readonly outage: Outage | null;
  /** Actions that a program tried and its rights did not allow, as `program action`. */
  refused(): Promise<readonly string[]>;
  start(
    lane: ProgramName,
    extraArguments?: readonly string[],
    extraEnvironment?: Readonly<Record<string, string>>,
  ): Promise<LaneProcess>;
  close(): Promise<void>;
}

const PARTITIONS = 4;
const KAFKA_TIMEOUT_MS = 15_000;
/** A short timeout, so that the partitions and jobs of a killed process are taken over soon. */
const SESSION_TIMEOUT_MS = 6_000;
const LOCK_MS = 5_000;

export interface StageOptions {
  readonly rows: number;
  readonly seed: number;
  /** A server that will go away half-way. */
  readonly outage: OutageServer | undefined;
  /** Servers on which each program has a user of its own; null: programs and demo come by the same addresses. */
  readonly secured: SecuredServers | null;
}

export async function setStage(options: StageOptions): Promise<DemoStage> {
  const run = `demo-${Date.now().toString(36)}-${process.pid}`;
  const outage = options.outage === undefined ? null : await prepareOutage(options.outage, loadSettings());
  // There is one cache behind an open and a secured way, so it needs a name.
  const settings: Settings = { ...loadSettings(), table: run, cacheName: run, ...outage?.settings };
  const directory = await mkdtemp(join(tmpdir(), "trilane-demo-"));
  const logDirectory = resolve(".trilane", "logs", run);
  await mkdir(logDirectory, { recursive: true });
  const data = await prepareDemoData({ ...options, directory });
  const dynamodb = createDynamoDb(settings);
  await applyTable(dynamodb, settings.table);
  await uploadFile(settings, run, data.file);
  letIdleRequestsRest();
  const kafka = new Kafka({
    clientId: run,
    brokers: [...settings.kafkaBrokers],
    logLevel: logLevel.ERROR,
    requestTimeout: KAFKA_TIMEOUT_MS,
  });
  await prepareTopics(kafka, [run, deadTopicOf(run, run)], PARTITIONS);
  const { secured } = options;
  if (secured !== null) await grantPrograms(secured, { run, kafka });
  const platform = await openPlatform({ name: "demo", settings, logger: createLogger("demo", settings.logLevel) });
  const apiPort = await freePort();
  const refreshFile = join(directory, "refresh.json");
  await writeFile(refreshFile, JSON.stringify(data.refreshes));
  const programs = programsOf(run);
  const processes: LaneProcess[] = [];
  return {
    data,
    platform,
    dynamodb,
    settings,
    kafka,
    topic: run,
    groupId: run,
    queue: run,
    api: `http://127.0.0.1:${apiPort}`,
    logDirectory,
    outage,
    refused: () => secured?.refused() ?? Promise.resolve([]),
    start(lane, extraArguments = [], extraEnvironment = {}) {
      const { program, flags } = programs[lane];
      const started = new LaneProcess({
        program,
        arguments: [...flags, ...extraArguments],
        environment: {
          // The reader speaks with the API alone.
          ...(secured === null || lane === "reader" ? {} : secured.environmentOf(lane === "batch" ? "load" : lane)),
          TRILANE_TABLE: run,
          TRILANE_CACHE_NAME: run,
          TRILANE_API_PORT: String(apiPort),
          ...refreshEnvironment(refreshFile),
          ...outage?.environment,
          ...extraEnvironment,
        },
        logFile: join(logDirectory, `${lane}.log`),
      });
      processes.push(started);
      return Promise.resolve(started);
    },
    async close() {
      await Promise.all(processes.filter(({ hasEnded }) => !hasEnded).map((one) => one.kill()));
      await platform.close();
      dynamodb.destroy();
      await outage?.close();
      data.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function programsOf(run: string): Readonly<Record<ProgramName, { program: string; flags: readonly string[] }>> {
  const session = ["--session-timeout-ms", String(SESSION_TIMEOUT_MS)];
  const resolvers = new URL("refresh-resolvers.ts", import.meta.url).pathname;
  return {
    batch: {
      program: "apps/batch-loader/src/main.ts",
      flags: ["--json", "--group", "routes", `s3://${run}/flights-to-may.parquet`],
    },
    stream: {
      program: "apps/stream-consumer/src/main.ts",
      flags: ["--topic", `${run}=routes`, "--group-id", run, ...session],
    },
    worker: {
      program: "apps/job-worker/src/main.ts",
      flags: ["--queue", run, "--resolvers", resolvers, "--lock-ms", String(LOCK_MS)],
    },
    api: { program: "apps/feature-api/src/main.ts", flags: [] },
    reader: { program: "apps/demo/src/hot-reader.ts", flags: [] },
  };
}

async function uploadFile(settings: Settings, bucket: string, file: string): Promise<void> {
  const s3 = createS3(settings);
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await putFile({ s3, file, bucket, key: "flights-to-may.parquet" });
  s3.destroy();
}
