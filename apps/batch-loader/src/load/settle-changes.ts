/** Writes changes of a load until each has its receipt, no faster than the load may. */
import type { FeatureChange } from "@trilane/feature-groups";
import { type RetryPolicy, writeUntilSettled } from "@trilane/lane-kit";
import { chunked, type Receipt } from "@trilane/write-through";
import type { WritingPlatform } from "./load-platform.ts";
import type { WritePace } from "./write-pace.ts";

export interface SettleChangesOptions {
  readonly platform: WritingPlatform;
  readonly retry: RetryPolicy;
  readonly pace: WritePace;
  /** Microseconds since 1970: the event time of changes whose group takes it from the source. */
  readonly sourceTimeUs?: number;
  readonly signal: AbortSignal;
}

/** One receipt per change, in order. */
export async function settleChanges(
  changes: readonly FeatureChange[],
  { platform, retry, pace, sourceTimeUs, signal }: SettleChangesOptions,
): Promise<readonly Receipt[]> {
  const times = sourceTimeUs === undefined ? {} : { sourceTimeUs };
  const send = (some: readonly FeatureChange[]): Promise<readonly Receipt[]> =>
    writeUntilSettled(platform, some, { lane: "batch", retry, signal, ...times });
  if (pace.writesMax === null) return send(changes);
  const receipts: Receipt[] = [];
  for (const some of chunked(changes, pace.writesMax)) {
    const ofSome = await send(some);
    receipts.push(...ofSome);
    await pace.rest(ofSome, signal);
  }
  return receipts;
}
