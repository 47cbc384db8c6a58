/**
 * Does work during which every reader must ask the store. The cache is switched
 * off and held, every lease on its copies ends, and the work is done. Then the
 * cache is used again in a new epoch, in which none of its old entries counts.
 *
 * An error leaves the cache off, and so does a crash: the outcome of the work
 * may be unknown, and may still change. The cache epoch record says why the
 * cache is off.
 */
import { CLOCK_RATE_MARGIN } from "../protocol/cache-epoch-rules.ts";
import { type OperatedCacheEpoch, switchCacheOff, switchCacheOn } from "./operate-cache-epoch.ts";

export interface OffTime extends OperatedCacheEpoch {
  readonly sleep: (ms: number) => Promise<void>;
}

/** @throws CoreError of the cache epoch; the error of `run` where it rejects */
export async function whileCacheIsOff<Result>(parts: OffTime, run: () => Promise<Result>): Promise<Result> {
  const wasHeld = (await parts.cacheEpochs.readCacheEpoch()).record?.isHeld === true;
  const { waitMs } = await switchCacheOff(parts);
  // A process that asked for the record just before it changed relies on the old one for one lease from then on.
  await parts.sleep(waitMs * (1 + CLOCK_RATE_MARGIN));
  const result = await run();
  if (!wasHeld) await switchCacheOn(parts);
  return result;
}
