/**
 * Sends changes to the writer, and the failed ones again: the core's
 * `sendUntilSettled`, and the receipts counted by lane.
 */
import type { FeatureChange, FeatureWriter } from "@trilane/feature-groups";
import {
  type Clock,
  type Lane,
  outageRetry,
  type Random,
  type Receipt,
  type RetryPolicy,
  retryDefaults,
  sendUntilSettled,
} from "@trilane/write-through";
import type { Metrics } from "./metrics.ts";

export { outageRetry, type RetryPolicy, retryDefaults };

export interface SettleOptions {
  readonly lane: Lane;
  readonly signal?: AbortSignal;
  readonly retry?: RetryPolicy;
  /** The source's own time of the changes, for groups without an event time; see `ParseContext`. */
  readonly sourceTimeUs?: number;
}

export interface SettlePorts {
  readonly writer: FeatureWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
}

/** One receipt per change, in order: the last of each; which `failed` ones are left, `sendUntilSettled` says. */
export async function writeUntilSettled(
  { writer, clock, random, metrics }: SettlePorts,
  changes: readonly FeatureChange[],
  { lane, signal, sourceTimeUs, retry = retryDefaults }: SettleOptions,
): Promise<readonly Receipt[]> {
  const send = (items: readonly FeatureChange[]): Promise<readonly Receipt[]> =>
    writer.writeMany(items, { lane, signal, sourceTimeUs });
  const receipts = await sendUntilSettled({ send, clock, random }, changes, { retry, signal });
  metrics.countReceipts(lane, receipts);
  return receipts;
}
