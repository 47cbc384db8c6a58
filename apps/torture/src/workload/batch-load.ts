/**
 * Puts objects into S3 and loads them one after the other: late records, new
 * ones, and rows that are no records. Some loads are repeated after they are
 * finished. A loader that is killed or fails is started again until it
 * succeeds.
 */
import { setTimeout as delay } from "node:timers/promises";
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { LoadReport } from "@trilane/batch-loader";
import { noReceipts, type Random, type ReceiptCounts } from "@trilane/write-through";
import type { SupervisedProcess } from "../supervised-process.ts";
import { pickId } from "./keys.ts";
import { fieldsOf, type SentRecords } from "./sent-records.ts";

export interface BatchLoadReport {
  readonly loads: number;
  /** The number of loads of objects that were loaded before, which must do nothing. */
  readonly repeated: number;
  readonly rows: number;
  readonly malformed: number;
  /** The sum of the loads' own reports, including those of interrupted attempts. */
  readonly receipts: ReceiptCounts;
  readonly problems: readonly string[];
}

export interface BatchLoadOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly sent: SentRecords;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Starts a loader of the object that runs until it succeeds. */
  readonly load: (key: string) => SupervisedProcess;
  /** Called when a loader has finished. */
  readonly onProgress: () => void;
}

/** The beginning of the keys of all objects that are loaded. */
export const SOURCE_PREFIX = "load-";
const ROWS_MAX = 1_200;
const NEW_SHARE = 0.5;
const MALFORMED_SHARE = 0.004;
const REPEAT_SHARE = 0.25;
const PAUSE_MS = 1_500;
const RETRY_PAUSE_MS = 300;

type Counts = { loads: number; repeated: number; rows: number; malformed: number; receipts: ReceiptCounts };

/** Runs until the signal fires; every load that was begun is finished when it resolves. */
export async function runBatchLoad(options: BatchLoadOptions): Promise<BatchLoadReport> {
  const { random, signal, sent } = options;
  const counts: Counts = { loads: 0, repeated: 0, rows: 0, malformed: 0, receipts: noReceipts() };
  const problems: string[] = [];
  do {
    const key = `${SOURCE_PREFIX}${counts.loads}.ndjson`;
    const { body, rows, malformed } = nextObject(sent, random);
    await upload(options, key, body);
    const report = await loadOnce(options, key);
    counts.loads += 1;
    counts.rows += rows;
    counts.malformed += malformed;
    problems.push(...problemsOf(key, report, { rows, malformed }));
    for (const status of Object.keys(counts.receipts) as (keyof ReceiptCounts)[]) {
      counts.receipts[status] += report.receipts[status];
    }
    if (random() < REPEAT_SHARE) {
      counts.repeated += 1;
      if (!(await loadOnce(options, key)).alreadyDone) problems.push(`${key}: the repeated load did something`);
    }
    await delay(PAUSE_MS * random());
  } while (!signal.aborted);
  return { ...counts, problems };
}

function nextObject(sent: SentRecords, random: Random): { body: string; rows: number; malformed: number } {
  const rows = 1 + Math.floor(random() * ROWS_MAX);
  const late = sent.takeLate(random, Math.floor(rows * (1 - NEW_SHARE)));
  const fresh = Array.from({ length: rows - late.length }, () => sent.next(pickId(random)));
  const lines = [...late, ...fresh].map((record) => JSON.stringify(fieldsOf(record)));
  const malformed = Math.floor(rows * MALFORMED_SHARE);
  const bad = Array.from({ length: malformed }, (_, index) => `{"id":"s${index}","at":"never","n":1,"pad":""}`);
  return { body: `${[...lines, ...bad].join("\n")}\n`, rows: lines.length + malformed, malformed };
}

async function upload({ s3, bucket }: BatchLoadOptions, key: string, body: string): Promise<void> {
  for (;;) {
    try {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
      return;
    } catch {
      await delay(RETRY_PAUSE_MS);
    }
  }
}

async function loadOnce({ load, onProgress }: BatchLoadOptions, key: string): Promise<LoadReport> {
  const loader = load(key);
  await loader.done;
  onProgress();
  return JSON.parse(loader.outputs.at(-1) ?? "null") as LoadReport;
}

function problemsOf(
  key: string,
  report: LoadReport,
  given: { readonly rows: number; readonly malformed: number },
): readonly string[] {
  const problems: string[] = [];
  if (report.consumed !== given.rows) problems.push(`${key}: ${report.consumed} receipts for ${given.rows} rows`);
  if (report.receipts.dead !== given.malformed) {
    problems.push(`${key}: ${report.receipts.dead} dead letters for ${given.malformed} malformed rows`);
  }
  return problems;
}
