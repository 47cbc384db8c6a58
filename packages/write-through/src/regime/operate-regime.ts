/**
 * What an operator does to the regime by hand, while everything runs: switch
 * the cache off, and on again; change the length of the leases. All are changes
 * of the record like those that the processes make by themselves; the processes
 * learn of them within a lease.
 */
import { CoreError } from "../errors.ts";
import type { Cache } from "../ports/cache.ts";
import type { RegimeRecord, RegimeStore } from "../ports/store.ts";
import { type LeaseTerms, type Regime, regimeChanges, termsOfNextEpoch } from "../protocol/regime.ts";
import { isOfOtherLife } from "./other-life.ts";
import { regimeOptionsDefaults } from "./regime-options.ts";

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

type NextRecord = Regime & LeaseTerms & Pick<RegimeRecord, "isHeld">;

/** Off until {@link switchCacheOn}: no process warms the cache up by itself. @throws CoreError */
export async function switchCacheOff(parts: OperatedRegime): Promise<RegimeRecord> {
  return change(parts, (from) => ({ ...nextEpoch(from, "off", leaseMsOf(from)), isHeld: true }));
}

/**
 * Warm; the processes turn it on within two leases. One that was not held off begins a new epoch.
 * @throws CoreError CACHE_UNAVAILABLE or CACHE_MISCONFIGURED when the cache cannot be used; then nothing was changed
 */
export async function switchCacheOn(parts: OperatedRegime): Promise<RegimeRecord> {
  await assertUsable(parts.cache);
  return beginWarm(parts, (from) => {
    const warm = from === null ? null : regimeChanges.warmUp(from);
    if (from === null || warm === null) return { ...nextEpoch(from, "warm", leaseMsOf(from)), isHeld: false };
    return { ...warm, leaseMs: from.leaseMs, waitMs: from.waitMs, isHeld: false };
  });
}

/**
 * A new epoch whose leases have another length; until no older lease is left, everybody waits the longer of
 * the two. A cache that is off stays off.
 * @throws CoreError CACHE_UNAVAILABLE or CACHE_MISCONFIGURED when the cache should be used and cannot be; then
 *   nothing was changed
 */
export async function changeLease(parts: OperatedRegime, leaseMs: number): Promise<RegimeRecord> {
  const { record } = await parts.regimes.readRegime();
  if (record?.mode === "off") {
    return change(parts, (from) => ({ ...nextEpoch(from, "off", leaseMs), isHeld: from?.isHeld ?? false }));
  }
  await assertUsable(parts.cache);
  return beginWarm(parts, (from) => ({ ...nextEpoch(from, "warm", leaseMs), isHeld: false }));
}

function leaseMsOf(record: RegimeRecord | null): number {
  return record?.leaseMs ?? regimeOptionsDefaults.leaseMs;
}

function nextEpoch(from: RegimeRecord | null, mode: "off" | "warm", leaseMs: number): Regime & LeaseTerms {
  const regime = regimeChanges.trip(from, mode === "off" ? "silent" : "answers");
  return { ...regime, ...termsOfNextEpoch(from, leaseMs) };
}

async function assertUsable(cache: Cache): Promise<void> {
  const probed = await cache.probe();
  if (probed.kind === "failed") throw probed.error;
}

/** Changes the record to one that is warm, and sets its guard. */
async function beginWarm(
  parts: OperatedRegime,
  next: (from: RegimeRecord | null) => NextRecord,
): Promise<RegimeRecord> {
  for (;;) {
    const record = await change(parts, next);
    const begun = await parts.cache.begin(record.epoch);
    if (begun.kind === "settled") return record;
    if (!isOfOtherLife(begun)) throw begun.error;
  }
}

async function change(
  { regimes, nowMs, reason, by }: OperatedRegime,
  next: (from: RegimeRecord | null) => NextRecord,
): Promise<RegimeRecord> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const { record: from } = await regimes.readRegime();
    const to: RegimeRecord = { ...next(from), reason, by, changedAtMs: nowMs() };
    if (await regimes.changeRegime(from, to)) return to;
  }
  throw new CoreError("REGIME_UNSETTLED", "the regime changed at each attempt: look at `trilane cache status`");
}
