/**
 * Sends changes to the writer, and the failed ones again.
 *
 * Sending a record again is safe, whatever became of it: its version is the
 * same. So a lane needs no memory of what it sent; a crash between two attempts
 * is a redelivery by the lane's source.
 */
import type { FeatureChange, FeatureWriter } from "@trilane/feature-groups";
import type { Clock, Lane, Random, Receipt } from "@trilane/write-through";
import type { Metrics } from "./metrics.ts";

export interface RetryPolicy {
  /** Attempts in all. */
  readonly attemptsMax: number;
  /** Milliseconds before the second attempt; doubled each time, with full jitter. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/** About a minute in all. */
export const retryDefaults: RetryPolicy = { attemptsMax: 12, baseMs: 100, maxMs: 10_000 };

export interface SettleOptions {
  readonly lane: Lane;
  readonly signal?: AbortSignal;
  readonly retry?: RetryPolicy;
  /** The source's own time of the changes, for groups without an event time; see `ParseContext`. */
  readonly sourceTimeUs?: number;
}

export interface SettleParts {
  readonly writer: FeatureWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
}

/**
 * One receipt per change, in order: the last of each. `failed` ones are left when the attempts are
 * over, an error is not retryable, or the signal fires.
 */
export async function writeUntilSettled(
  parts: SettleParts,
  changes: readonly FeatureChange[],
  options: SettleOptions,
): Promise<readonly Receipt[]> {
  const { lane, signal, sourceTimeUs, retry = retryDefaults } = options;
  const receipts = [...(await parts.writer.writeMany(changes, { lane, signal, sourceTimeUs }))];
  for (let attempt = 1; attempt < retry.attemptsMax; attempt += 1) {
    const failed = retryable(receipts);
    if (failed.length === 0 || signal?.aborted === true) break;
    await backOff(parts, attempt, retry, signal);
    const again = failed.flatMap((index) => changes[index] ?? []);
    const next = await parts.writer.writeMany(again, { lane, signal, sourceTimeUs });
    failed.forEach((index, position) => {
      const receipt = next[position];
      if (receipt !== undefined) receipts[index] = receipt;
    });
  }
  parts.metrics.countReceipts(lane, receipts);
  return receipts;
}

/** The positions of the failed receipts; none as soon as one of them can never succeed. */
function retryable(receipts: readonly Receipt[]): readonly number[] {
  const failed: number[] = [];
  for (const [index, receipt] of receipts.entries()) {
    if (receipt.status !== "failed") continue;
    if (!receipt.error.retryable) return [];
    failed.push(index);
  }
  return failed;
}

async function backOff(
  { clock, random }: SettleParts,
  attempt: number,
  { baseMs, maxMs }: RetryPolicy,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** (attempt - 1));
  // An abort ends the wait; the loop then sees it.
  await clock.sleep(random() * ceilingMs, signal).catch(() => undefined);
}
