/** Prepares what the counting of costs needs. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import { type JobQueue, openJobQueue } from "@trilane/job-worker";
import { createDynamoDb, createLogger, createS3, loadSettings } from "@trilane/lane-kit";
import { createKafka } from "@trilane/stream-consumer";
import type { Kafka } from "kafkajs";

export interface CostStage {
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBClient;
  readonly kafka: Kafka;
  readonly bucket: string;
  readonly directory: string;
  /** Of every program, without its table. */
  readonly environment: Readonly<Record<string, string>>;
  nextName(): string;
  openQueue(name: string): Promise<JobQueue>;
  say(line: string): void;
}

const CONFIG = fileURLToPath(new URL("../../../../trilane.config.ts", import.meta.url));

export async function withCostStage<T>(
  { environment = {}, say }: { readonly environment?: CostStage["environment"]; readonly say: (line: string) => void },
  work: (stage: CostStage) => Promise<T>,
): Promise<T> {
  const run = `cost-${randomBytes(6).toString("hex")}`;
  const settings = loadSettings({ ...process.env, ...environment, TRILANE_TABLE: run });
  const [s3, dynamodb] = [createS3(settings), createDynamoDb(settings)];
  const directory = await mkdtemp(join(tmpdir(), "trilane-cost-"));
  let names = 0;
  try {
    await s3.send(new CreateBucketCommand({ Bucket: run }));
    return await work({
      s3,
      dynamodb,
      kafka: createKafka({ brokers: settings.kafkaBrokers, clientId: run, logger: createLogger(run, "silent") }),
      bucket: run,
      directory,
      environment: { TRILANE_CONFIG: CONFIG, TRILANE_QUEUE_URL: settings.queueUrl, ...environment },
      nextName: () => `${run}-${(names += 1)}`,
      openQueue: (queue) => openJobQueue({ queueUrl: settings.queueUrl, queue }),
      say,
    });
  } finally {
    s3.destroy();
    dynamodb.destroy();
    await rm(directory, { recursive: true, force: true });
  }
}
