/**
 * How jobs are sent and kept. The worker applies the retention to jobs of other
 * clients as well.
 */
import { createHash } from "node:crypto";
import type { JobsOptions, KeepJobs } from "bullmq";
import type { ParsedJob } from "./decode.ts";

/**
 * Attempts after a fault of a job or its resolver, about two minutes in all. Attempts that an outage fails do not
 * count.
 */
const ATTEMPTS_MAX = 8;
const BACKOFF_MS = 1_000;
/** Share of each pause that is random. */
const BACKOFF_JITTER = 0.5;

/**
 * By number alone. Workers also bound the bytes and the age (`retention.ts`), because the library would judge the age by
 * the clock of one worker, and a clock that is ahead would make every failed job an old one.
 */
export const keepCompleted: KeepJobs = { count: 5_000 };
export const keepFailed: KeepJobs = { count: 10_000 };

/** The events that report the end of jobs repeat the receipts, so there are few of them. */
export const eventStreams = { events: { maxLen: 1_000 } } as const;

/**
 * Only a refresh that nobody waits for is deduplicated. It carries no data: one that waits in the queue will read the
 * current record when it runs, and one that is running is followed by another. A put never equals another put, and a
 * sender that waits must hear about its own job.
 */
export function sendOptions(job: ParsedJob, { isAwaited }: { readonly isAwaited: boolean }): JobsOptions {
  const options: JobsOptions = {
    attempts: ATTEMPTS_MAX,
    backoff: { type: "exponential", delay: BACKOFF_MS, jitter: BACKOFF_JITTER },
    removeOnComplete: keepCompleted,
    removeOnFail: keepFailed,
  };
  if (job.name !== "refresh" || isAwaited) return options;
  return { ...options, deduplication: { id: refreshId(job.data), keepLastIfActive: true } };
}

/** The id is the same for the same entity, whatever the order of its key's fields. */
function refreshId({
  group,
  key,
}: {
  readonly group: string;
  readonly key: Readonly<Record<string, unknown>>;
}): string {
  const fields = Object.entries(key).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const text = JSON.stringify([group, fields.map(([name, value]) => [name, String(value)])]);
  return `refresh-${createHash("sha256").update(text).digest("hex")}`;
}
