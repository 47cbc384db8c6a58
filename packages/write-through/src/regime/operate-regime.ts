/**
 * What an operator does to the regime by hand, while everything runs: switch
 * the cache off, and on again. Both are changes of the record like those that
 * the processes make by themselves; the processes learn of them within a lease.
 */
import { CoreError } from "../errors.ts";
import type { Cache } from "../ports/cache.ts";
import type { RegimeRecord, RegimeStore } from "../ports/store.ts";
import { isOfOtherLife } from "./other-life.ts";
import { regimeChanges } from "../protocol/regime.ts";

export interface OperatedRegime {
  readonly regimes: RegimeStore;
  readonly cache: Cache;
  readonly nowMs: () => number;
  /** Why, for the record and the logs. */
  readonly reason: string;
  /** Who. */
  readonly by: string;
}

/** Attempts against processes that change the record at the same moment. */
const ATTEMPTS_MAX = 5;

/** Off until {@link switchCacheOn}: no process warms the cache up by itself. @throws CoreError */
export async function switchCacheOff(parts: OperatedRegime): Promise<RegimeRecord> {
  return change(parts, (from) => ({ ...regimeChanges.trip(from, "silent"), isHeld: true }));
}

/**
 * Warm; the processes turn it on within two leases. One that was not held off begins a new epoch.
 * @throws CoreError CACHE_UNAVAILABLE or CACHE_MISCONFIGURED when the cache cannot be used; then nothing was changed
 */
export async function switchCacheOn(parts: OperatedRegime): Promise<RegimeRecord> {
  const probed = await parts.cache.probe();
  if (probed.kind === "failed") throw probed.error;
  for (;;) {
    const record = await change(parts, (from) => {
      const warm = from === null ? null : regimeChanges.warmUp(from);
      return { ...(warm ?? regimeChanges.trip(from, "answers")), isHeld: false };
    });
    const begun = await parts.cache.begin(record.epoch);
    if (begun.kind === "settled") return record;
    if (!isOfOtherLife(begun)) throw begun.error;
  }
}

async function change(
  { regimes, nowMs, reason, by }: OperatedRegime,
  next: (from: RegimeRecord | null) => Pick<RegimeRecord, "epoch" | "mode" | "isHeld">,
): Promise<RegimeRecord> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const from = await regimes.readRegime();
    const to: RegimeRecord = { ...next(from), reason, by, changedAtMs: nowMs() };
    if (await regimes.changeRegime(from, to)) return to;
  }
  throw new CoreError("REGIME_UNSETTLED", "the regime changed at each attempt: look at `trilane cache status`");
}
