/**
 * Sends changes to the writer, and sends failed ones again, by the core's
 * `sendUntilSettled`; counts the receipts by lane; and says what the failures
 * that are left mean for the lane.
 */
import { type CheckedChanges, type FeatureChange, type FeatureWriter, nextTurn } from "@trilane/feature-groups";
import {
  type Clock,
  type CoreError,
  type Lane,
  outageRetry,
  type Random,
  type Receipt,
  type RetryPolicy,
  retryDefaults,
  sendUntilSettled,
} from "@trilane/write-through";
import type { Metrics } from "./metrics.ts";

const COUNTED_OF_TURN = 20_000;

export { outageRetry, type RetryPolicy, retryDefaults };

export interface SettleOptions {
  readonly lane: Lane;
  readonly signal?: AbortSignal;
  readonly retry?: RetryPolicy;
  /** The source's own time of the changes, for groups without an event time; see `ParseContext`. */
  readonly sourceTimeUs?: number;
  /** The same changes, where they are checked already. */
  readonly checked?: CheckedChanges | undefined;
}

export interface SettlePorts {
  readonly writer: FeatureWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
}

/** One receipt per change, in order: the last one of each. `sendUntilSettled` says which `failed` ones are left. */
export async function writeUntilSettled(
  { writer, clock, random, metrics }: SettlePorts,
  changes: readonly FeatureChange[],
  { lane, signal, sourceTimeUs, checked, retry = retryDefaults }: SettleOptions,
): Promise<readonly Receipt[]> {
  const send = (items: readonly FeatureChange[]): Promise<readonly Receipt[]> =>
    // Those that are sent again are only some of them.
    writer.writeMany(items, { lane, signal, sourceTimeUs, checked: items === changes ? checked : undefined });
  const receipts = await sendUntilSettled({ send, clock, random }, changes, { retry, signal });
  await countInTurns(metrics, lane, receipts);
  return receipts;
}

/** A call may have very many receipts, and what its lane does with them comes in turns as well. */
async function countInTurns(metrics: Metrics, lane: Lane, receipts: readonly Receipt[]): Promise<void> {
  for (let from = 0; from < receipts.length; from += COUNTED_OF_TURN) {
    if (from > 0) await nextTurn();
    metrics.countReceipts(lane, receipts.slice(from, from + COUNTED_OF_TURN));
  }
}

/** The failure that decides: one that ends the lane, otherwise the first; null where no receipt is `failed`. */
export function decidingFailure(receipts: readonly Receipt[]): CoreError | null {
  let first: CoreError | null = null;
  for (const receipt of receipts) {
    if (receipt.status !== "failed") continue;
    if (endsLane(receipt.error)) return receipt.error;
    first ??= receipt.error;
  }
  return first;
}

/**
 * After a failure that may pass by itself the records are sent again later. Any other failure, such as a missing table
 * or a cache with wrong settings, concerns the whole process and not a record, because a record that can never be
 * written is `dead`. So it ends the lane.
 */
export function endsLane({ retryable }: CoreError): boolean {
  return !retryable;
}
