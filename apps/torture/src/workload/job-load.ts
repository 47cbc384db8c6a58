/** Sends jobs to the on-demand lane and waits for the receipts of each, as services do. */
import { setTimeout as delay } from "node:timers/promises";
import { type JobQueue, openJobQueue, type WriteResult } from "@trilane/job-worker";
import { forEachPair, noReceipts, type Random, type ReceiptCounts } from "@trilane/write-through";
import { GROUP } from "../torture.config.ts";
import { pickId, pickIds } from "./keys.ts";
import { fieldsOf, type SentRecord, type SentRecords } from "./sent-records.ts";

export interface JobLoadReport {
  readonly jobs: number;
  readonly records: number;
  /** One receipt for each record of the jobs. */
  readonly receipts: ReceiptCounts;
  /**
   * The records whose receipt is `erased`. A job that waits loses the records of a person who is erased, and then no
   * worker writes them: the sender alone gets their receipts.
   */
  readonly erased: readonly SentRecord[];
  /** The number of jobs that were sent again because their outcome was not known. */
  readonly sentAgain: number;
}

export interface JobLoadOptions {
  readonly queueUrl: string;
  readonly queue: string;
  readonly sent: SentRecords;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Called when a job has its receipts. */
  readonly onProgress: () => void;
}

const LOOPS = 3;
const RECORDS_MAX = 8;
const WAIT_MS = 20_000;
const PAUSE_MS = 150;
const RETRY_PAUSE_MS = 300;
const LATE_SHARE = 0.25;
const DELETE_SHARE = 0.1;

type Job = { readonly name: "put" | "delete"; readonly data: unknown; readonly records: readonly SentRecord[] };

/** Runs until the signal fires; every job that was begun has its receipts when it resolves. */
export async function runJobLoad(options: JobLoadOptions): Promise<JobLoadReport> {
  const { queueUrl, queue: name, signal } = options;
  const queue = await openJobQueue({ queueUrl, queue: name });
  const report = { jobs: 0, records: 0, receipts: noReceipts(), erased: [] as SentRecord[], sentAgain: 0 };
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      const job = nextJob(options);
      const result = await runJob(queue, job, () => {
        report.sentAgain += 1;
      });
      if (result.receipts.length !== job.records.length) throw new Error("a job gave not one receipt per record");
      forEachPair(job.records, result.receipts, (record, { status }) => {
        report.receipts[status] += 1;
        if (status === "erased") report.erased.push(record);
      });
      report.jobs += 1;
      options.onProgress();
      report.records += job.records.length;
      await delay(PAUSE_MS * options.random());
    }
  };
  try {
    await Promise.all(Array.from({ length: LOOPS }, loop));
  } finally {
    await queue.close();
  }
  return report;
}

function nextJob({ sent, random }: JobLoadOptions): Job {
  if (random() < DELETE_SHARE) {
    const records = pickIds(random, RECORDS_MAX / 2).map((id) => sent.next(id, "delete"));
    const keys = records.map(({ id, atMs }) => ({ id, at: atMs }));
    return { name: "delete", data: { group: GROUP, keys }, records };
  }
  const count = 1 + Math.floor(random() * RECORDS_MAX);
  const late = random() < LATE_SHARE ? sent.takeLate(random, count) : [];
  const records = late.length > 0 ? late : Array.from({ length: count }, () => sent.next(pickId(random)));
  return { name: "put", data: { group: GROUP, records: records.map(fieldsOf) }, records };
}

async function runJob(queue: JobQueue, { name, data }: Job, onAgain: () => void): Promise<WriteResult> {
  for (;;) {
    try {
      const { result } = await queue.enqueue({ name, data, wait: true, timeoutMs: WAIT_MS });
      if (result?.kind !== "written") throw new Error(`the job ${name} answered without receipts`);
      return result;
    } catch {
      onAgain();
      await delay(RETRY_PAUSE_MS);
    }
  }
}
