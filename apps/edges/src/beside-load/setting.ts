/** Prepares the topic and the objects that lane and loads read, and removes what lies on this machine's disk. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { createDynamoDb, createLogger, createS3, loadSettings, putFile } from "@trilane/lane-kit";
import { createKafka } from "@trilane/stream-consumer";
import { writeFlightObjects } from "../lanes/flight-objects.ts";
import { fillTopic } from "./flight-topic.ts";
import type { BesideLoadSetting } from "./measure-situation.ts";

export interface BesideLoadSize {
  readonly messagesMax: number;
  /** Rows of each object. */
  readonly rows: number;
  /** Of every process, in addition to this one's. */
  readonly environment?: Readonly<Record<string, string>>;
}

const CONFIG = fileURLToPath(new URL("../../../../trilane.config.ts", import.meta.url));
/** Loads that follow each other have other keys. */
const FILES = 3;
/** A load writes as many in minutes, and begins soon. */
const COLD_ROWS_MAX = 300_000;

export async function withBesideLoadSetting<T>(
  { messagesMax, rows, environment = {} }: BesideLoadSize,
  work: (setting: BesideLoadSetting) => Promise<T>,
): Promise<T> {
  const name = `beside-${randomBytes(6).toString("hex")}`;
  const settings = loadSettings({ ...process.env, ...environment, TRILANE_TABLE: name });
  const [s3, dynamodb] = [createS3(settings), createDynamoDb(settings)];
  const directory = await mkdtemp(join(tmpdir(), "trilane-beside-load-"));
  try {
    await s3.send(new CreateBucketCommand({ Bucket: name }));
    const put = async (size: number, prefix: string): Promise<readonly string[]> => {
      const files = await writeFlightObjects(directory, FILES, size);
      for (const path of files) await putFile({ s3, file: path, bucket: name, key: prefix + basename(path) });
      return files.map((path) => `s3://${name}/${prefix}${basename(path)}`);
    };
    const objects = { reduced: await put(rows, "reduced-"), cold: await put(Math.min(rows, COLD_ROWS_MAX), "cold-") };
    const kafka = createKafka({ brokers: settings.kafkaBrokers, clientId: name, logger: createLogger(name, "silent") });
    const messages = await fillTopic(kafka, name, messagesMax);
    const ofProcesses = { TRILANE_CONFIG: CONFIG, ...environment };
    return await work({ dynamodb, topic: name, messages, objects, environment: ofProcesses, directory });
  } finally {
    s3.destroy();
    dynamodb.destroy();
    await rm(directory, { recursive: true, force: true });
  }
}
