/**
 * Something that nothing but the store may be asked about meanwhile: the cache
 * is switched off and held, every lease on what it held has ended, the work is
 * done, and the cache is used again, with nothing of what it held counting.
 *
 * What ends in an error leaves the cache off, and so does a crash: its outcome
 * may be unknown, and may still change. The cache epoch record says why.
 */
import { CLOCK_RATE_MARGIN } from "../protocol/cache-epoch-rules.ts";
import { type OperatedCacheEpoch, switchCacheOff, switchCacheOn } from "./operate-cache-epoch.ts";

export interface OffTime extends OperatedCacheEpoch {
  readonly sleep: (ms: number) => Promise<void>;
}

/** @throws CoreError of the cache epoch, and whatever `run` rejects with */
export async function whileCacheIsOff<Result>(parts: OffTime, run: () => Promise<Result>): Promise<Result> {
  const wasHeld = (await parts.cacheEpochs.readCacheEpoch()).record?.isHeld === true;
  const { waitMs } = await switchCacheOff(parts);
  // Who asked for the record before it changed relies on the old one for a lease from then, and no longer.
  await parts.sleep(waitMs * (1 + CLOCK_RATE_MARGIN));
  const result = await run();
  if (!wasHeld) await switchCacheOn(parts);
  return result;
}
