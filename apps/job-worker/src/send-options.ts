/** How jobs are sent and kept; the worker applies the retention to jobs of other clients as well. */
import { createHash } from "node:crypto";
import type { JobsOptions, KeepJobs } from "bullmq";
import type { ParsedJob } from "./decode.ts";

const SECONDS_PER_DAY = 86_400;
/** Of what is wrong with a job or its resolver, about two minutes in all. What an outage fails does not count. */
const ATTEMPTS_MAX = 8;
const BACKOFF_MS = 1_000;
/** Share of each pause that is random. */
const BACKOFF_JITTER = 0.5;

/** By age and by number; workers bound the bytes as well (`retention.ts`). */
export const keepCompleted: KeepJobs = { age: SECONDS_PER_DAY, count: 5_000 };
export const keepFailed: KeepJobs = { age: 14 * SECONDS_PER_DAY, count: 10_000 };

/** Of the events that tell of ends: they repeat the receipts of their jobs. */
export const eventStreams = { events: { maxLen: 1_000 } } as const;

/**
 * Only a refresh that nobody waits for is deduplicated: it carries no data, one that waits will read
 * what is current when it runs, and one that is running is followed by another. A put is never the
 * same as another; who waits is told of their own job.
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

/** The same for the same entity, whatever the order of its key's fields. */
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
