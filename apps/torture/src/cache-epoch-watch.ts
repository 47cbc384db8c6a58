/** Watches the cache epoch record from outside, for the report and the timeline. */
import { setTimeout as delay } from "node:timers/promises";
import type { CacheEpochStore } from "@trilane/write-through";

export interface SeenCacheEpoch {
  /** Nanoseconds of the histories' clock. */
  readonly atNs: number;
  readonly epoch: number;
  readonly mode: string;
  readonly reason: string;
  readonly by: string;
}

const POLL_MS = 60;

/** Watches until the signal fires. Two changes between two looks are seen as one. */
export async function watchCacheEpoch(
  cacheEpochs: CacheEpochStore,
  signal: AbortSignal,
): Promise<readonly SeenCacheEpoch[]> {
  const seen: SeenCacheEpoch[] = [];
  while (!signal.aborted) {
    const record = await cacheEpochs.readCacheEpoch().then(
      (reading) => reading.record,
      () => null,
    );
    const last = seen.at(-1);
    if (record !== null && (last?.epoch !== record.epoch || last.mode !== record.mode)) {
      const { epoch, mode, reason, by } = record;
      seen.push({ atNs: Number(process.hrtime.bigint()), epoch, mode, reason, by });
    }
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return seen;
}
