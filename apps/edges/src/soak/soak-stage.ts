/** Prepares what a soak needs: table, topic, bucket with objects, queue, and names of this run's own. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { type JobQueue, openJobQueue } from "@trilane/job-worker";
import { createDynamoDb, createLogger, createS3, loadSettings, putFile, type Settings } from "@trilane/lane-kit";
import { createKafka } from "@trilane/stream-consumer";
import { applyTable } from "@trilane/write-through/dynamodb";
import type { Kafka } from "kafkajs";
import { createTopic } from "../beside-load/flight-topic.ts";
import type { LoadSource } from "../beside-load/loads-in-turn.ts";
import { readFlights, writeFlightObjects } from "../lanes/flight-objects.ts";
import type { Route } from "./steady-work.ts";

export interface SoakStage {
  /** Of the table, the topic, the consumer group, the queue and the bucket. */
  readonly name: string;
  readonly kafka: Kafka;
  readonly queue: JobQueue;
  readonly routes: readonly Route[];
  readonly sources: readonly LoadSource[];
  /** Of every process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
}

export interface SoakStageOptions {
  /** Rows of a load onto few keys. */
  readonly rows: number;
  /** Rows of a load of keys that nobody wrote before. */
  readonly coldRows: number;
  readonly environment: Readonly<Record<string, string>>;
}

const CONFIG = fileURLToPath(new URL("../../../../trilane.config.ts", import.meta.url));
const FILES = 2;

export async function withSoakStage<T>(options: SoakStageOptions, work: (stage: SoakStage) => Promise<T>): Promise<T> {
  const name = `soak-${randomBytes(6).toString("hex")}`;
  const environment = { TRILANE_CONFIG: CONFIG, ...options.environment, TRILANE_TABLE: name };
  const settings = loadSettings({ ...process.env, ...environment });
  const directory = await mkdtemp(join(tmpdir(), "trilane-soak-"));
  const kafka = createKafka({ brokers: settings.kafkaBrokers, clientId: name, logger: createLogger(name, "silent") });
  const queue = await openJobQueue({ queueUrl: settings.queueUrl, queue: name });
  try {
    await createTable(settings);
    await createTopic(kafka, name);
    const sources = await putObjects(settings, options, directory);
    const rows = await readFlights("SELECT DISTINCT origin, destination FROM flights ORDER BY ALL");
    const routes = rows.map(([origin, destination]) => ({ origin: String(origin), destination: String(destination) }));
    return await work({ name, kafka, queue, routes, sources, environment, directory });
  } finally {
    await queue.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function createTable(settings: Settings): Promise<void> {
  const dynamodb = createDynamoDb(settings);
  await applyTable(dynamodb, settings.table);
  dynamodb.destroy();
}

/** Loads onto few keys, which the engine reduces where they are large enough, and loads of cold keys take turns. */
async function putObjects(
  settings: Settings,
  { rows, coldRows }: SoakStageOptions,
  directory: string,
): Promise<readonly LoadSource[]> {
  const bucket = settings.table;
  const s3 = createS3(settings);
  try {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const put = async (file: string, key: string): Promise<string> => {
      await putFile({ s3, file, bucket, key });
      return `s3://${bucket}/${key}`;
    };
    const sources: LoadSource[] = [];
    for (const path of await writeFlightObjects(directory, FILES, rows)) {
      sources.push({ group: "routes", address: await put(path, basename(path)) });
    }
    for (const path of await writeFlightObjects(directory, FILES, coldRows)) {
      sources.push({ group: "departures", address: await put(path, `cold-${basename(path)}`) });
    }
    return sources;
  } finally {
    s3.destroy();
  }
}
