/**
 * The on-demand lane's work: the newest flights of some routes are put again,
 * some routes are refreshed, a few are deleted. Each job is waited for, so that
 * its receipts are known.
 */
import { JobError, type JobQueue, openJobQueue } from "@trilane/job-worker";
import { setTimeout as delay } from "node:timers/promises";
import { addCounts, noReceipts, type ReceiptCounts } from "@trilane/write-through";
import pLimit from "p-limit";
import type { DemoData } from "./demo-data.ts";
import type { RouteKey } from "./flight.ts";

export interface JobsReport {
  readonly jobs: number;
  /** The number of records and keys. */
  readonly consumed: number;
  readonly receipts: ReceiptCounts;
}

const JOBS_AT_ONCE = 16;
const WAIT_MS = 120_000;
const ATTEMPTS_MAX = 100;
const PAUSE_MS = 500;

export async function runJobs(options: {
  readonly queueUrl: string;
  readonly queue: string;
  readonly data: DemoData;
  /** Called after each job with the number of jobs done. */
  readonly onDone: (done: number) => void;
}): Promise<JobsReport> {
  const queue = await openJobQueue({ queueUrl: options.queueUrl, queue: options.queue });
  try {
    const limit = pLimit(JOBS_AT_ONCE);
    let done = 0;
    const results = await Promise.all(
      jobsOf(options.data).map((job) =>
        limit(async () => {
          const counts = await runJob(queue, job);
          done += 1;
          options.onDone(done);
          return counts;
        }),
      ),
    );
    const receipts = results.reduce(addCounts, noReceipts());
    const consumed = Object.values(receipts).reduce((total, count) => total + count, 0);
    return { jobs: results.length, consumed, receipts };
  } finally {
    await queue.close();
  }
}

interface Job {
  readonly name: "put" | "refresh" | "delete";
  readonly data: unknown;
}

/** The kinds of jobs take turns, so that each kind meets the other lanes at every stage. */
function jobsOf({ putAgain, refreshes, deletes }: DemoData): readonly Job[] {
  const group = "routes";
  const keyOf = ({ origin, destination }: RouteKey): RouteKey => ({ origin, destination });
  const all: readonly (readonly Job[])[] = [
    putAgain.map((flight) => ({ name: "put", data: { group, records: [flight] } })),
    refreshes.map((flight) => ({ name: "refresh", data: { group, key: keyOf(flight) } })),
    deletes.map((flight) => ({ name: "delete", data: { group, keys: [{ ...keyOf(flight), date: flight.date }] } })),
  ];
  const longest = Math.max(...all.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) => all.flatMap((jobs) => jobs[index] ?? [])).flat();
}

/**
 * A job is sent again where the queue did not take it, or did not confirm it. That is another job, which writes the
 * same.
 */
async function runJob(queue: JobQueue, { name, data }: Job): Promise<ReceiptCounts> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { result } = await queue.enqueue({ name, data, wait: true, timeoutMs: WAIT_MS });
      if (result?.kind !== "written") throw new Error(`the job ${name} gave no receipts`);
      return result.counts;
    } catch (error) {
      if (!(error instanceof JobError) || !error.retryable || attempt === ATTEMPTS_MAX) throw error;
      await delay(PAUSE_MS);
    }
  }
}
