/**
 * Something that nothing but the store may be asked about meanwhile: the cache
 * is switched off and held, every lease on what it held has ended, the work is
 * done, and the cache is used again, with nothing of what it held counting.
 *
 * What ends in an error leaves the cache off, and so does a crash: its outcome
 * may be unknown, and may still change. The regime record says why.
 */
import { CLOCK_RATE_MARGIN } from "../protocol/regime-rules.ts";
import { type OperatedRegime, switchCacheOff, switchCacheOn } from "./operate-regime.ts";

export interface OffTime extends OperatedRegime {
  readonly sleep: (ms: number) => Promise<void>;
}

/** @throws CoreError of the regime, and whatever `run` rejects with */
export async function whileCacheIsOff<Result>(parts: OffTime, run: () => Promise<Result>): Promise<Result> {
  const wasHeld = (await parts.regimes.readRegime()).record?.isHeld === true;
  const { waitMs } = await switchCacheOff(parts);
  // Who asked for the record before it changed relies on the old one for a lease from then, and no longer.
  await parts.sleep(waitMs * (1 + CLOCK_RATE_MARGIN));
  const result = await run();
  if (!wasHeld) await switchCacheOn(parts);
  return result;
}
