/**
 * The changes of the cache epoch that an operator makes by hand while
 * everything runs: switching the cache off and on again, changing the length of
 * the leases, and work that needs the cache off. They change the record as the processes do by
 * themselves, and the processes learn of them within a lease.
 */
import { CoreError } from "../errors.ts";
import type { Cache } from "../ports/cache.ts";
import type { CacheEpochRecord, CacheEpochStore } from "../ports/store.ts";
import { CLOCK_RATE_MARGIN } from "../protocol/cache-epoch-rules.ts";
import { type LeaseTerms, type CacheEpoch, cacheEpochChanges, termsOfNextEpoch } from "../protocol/cache-epoch.ts";
import { areNamesOther, foreignCache } from "./cache-kinship.ts";
import { cacheEpochOptionsDefaults } from "./cache-epoch-options.ts";

export interface OperatedCacheEpoch {
  readonly cacheEpochs: CacheEpochStore;
  readonly cache: Cache;
  readonly nowMs: () => number;
  /** Why the operator does it, for the record and the logs. */
  readonly reason: string;
  /** Who does it. */
  readonly by: string;
  /** The name of `cache`; without it, the cache is taken for the table's. */
  readonly cacheName?: string;
  /** The table moves to this cache, from one that is switched off. */
  readonly isMove?: boolean;
}

export interface OffTime extends OperatedCacheEpoch {
  readonly sleep: (ms: number) => Promise<void>;
}

/** Attempts while processes change the record at the same moment. */
const ATTEMPTS_MAX = 5;

type NextRecord = CacheEpoch & LeaseTerms & Pick<CacheEpochRecord, "cacheName" | "isHeld">;

/** Switches the cache off until {@link switchCacheOn}: no process warms it up by itself. @throws CoreError */
export async function switchCacheOff(parts: OperatedCacheEpoch): Promise<CacheEpochRecord> {
  return change(parts, (from) => ({
    ...nextEpoch(from, "off", leaseMsOf(from)),
    cacheName: from?.cacheName ?? null,
    isHeld: true,
  }));
}

/**
 * Makes the cache warm; the processes turn it on within two leases. If it was not held off, this begins a new epoch.
 * @throws CoreError CACHE_UNAVAILABLE or CACHE_MISCONFIGURED when the cache cannot be used, CACHE_FOREIGN when it is
 *   not the table's and is not to become it; then nothing was changed
 */
export async function switchCacheOn(parts: OperatedCacheEpoch): Promise<CacheEpochRecord> {
  const cacheName = parts.cacheName ?? null;
  await assertUsable(parts);
  return beginWarm(parts, (from) => {
    const warm = from === null ? null : cacheEpochChanges.warmUp(from);
    if (from === null || warm === null) {
      return { ...nextEpoch(from, "warm", leaseMsOf(from)), cacheName, isHeld: false };
    }
    return { ...warm, leaseMs: from.leaseMs, waitMs: from.waitMs, cacheName, isHeld: false };
  });
}

/**
 * Begins a new epoch whose leases have another length. Until no older lease is left, every process waits the longer of
 * the two. A cache that is off stays off.
 * @throws CoreError CACHE_UNAVAILABLE, CACHE_MISCONFIGURED or CACHE_FOREIGN when the cache should be used and cannot
 *   be; then nothing was changed
 */
export async function changeLease(parts: OperatedCacheEpoch, leaseMs: number): Promise<CacheEpochRecord> {
  const { record } = await parts.cacheEpochs.readCacheEpoch();
  if (record?.mode === "off") {
    return change(parts, (from) => ({
      ...nextEpoch(from, "off", leaseMs),
      cacheName: from?.cacheName ?? null,
      isHeld: from?.isHeld ?? false,
    }));
  }
  await assertUsable(parts);
  const cacheName = parts.cacheName ?? null;
  return beginWarm(parts, (from) => ({ ...nextEpoch(from, "warm", leaseMs), cacheName, isHeld: false }));
}

/**
 * Does work during which every reader must ask the store. The cache is switched off and held, every lease on its copies
 * ends, and the work is done. Then the cache is used again in a new epoch, in which none of its old entries counts.
 *
 * An error leaves the cache off, and so does a crash: the outcome of the work may be unknown, and may still change. The
 * cache epoch record says why the cache is off.
 * @throws CoreError of the cache epoch; the error of `run` where it rejects
 */
export async function whileCacheIsOff<Result>(parts: OffTime, run: () => Promise<Result>): Promise<Result> {
  const wasHeld = (await parts.cacheEpochs.readCacheEpoch()).record?.isHeld === true;
  const { waitMs } = await switchCacheOff(parts);
  // A process that asked for the record just before it changed relies on the old one for one lease from then on.
  await parts.sleep(waitMs * (1 + CLOCK_RATE_MARGIN));
  const result = await run();
  if (!wasHeld) await switchCacheOn(parts);
  return result;
}

function leaseMsOf(record: CacheEpochRecord | null): number {
  return record?.leaseMs ?? cacheEpochOptionsDefaults.leaseMs;
}

function nextEpoch(from: CacheEpochRecord | null, mode: "off" | "warm", leaseMs: number): CacheEpoch & LeaseTerms {
  const cacheEpoch = cacheEpochChanges.trip(from, mode === "off" ? "silent" : "answers");
  return { ...cacheEpoch, ...termsOfNextEpoch(from, leaseMs) };
}

async function assertUsable(parts: OperatedCacheEpoch): Promise<void> {
  const probed = await parts.cache.probe();
  if (probed.kind === "failed") throw probed.error;
  await assertOwn(parts);
}

/** A guard that is there proves that this is the table's cache, whatever its name is. */
async function assertOwn({ cacheEpochs, cache, isMove = false, ...parts }: OperatedCacheEpoch): Promise<void> {
  const cacheName = parts.cacheName ?? null;
  const { record } = await cacheEpochs.readCacheEpoch();
  if (record === null || !areNamesOther(cacheName, record.cacheName)) return;
  if (record.mode === "off" ? isMove : (await cache.check(record.epoch)).kind === "settled") return;
  throw foreignCache(cacheName, record.cacheName);
}

/** Changes the record to a warm epoch, and sets its guard. */
async function beginWarm(
  parts: OperatedCacheEpoch,
  next: (from: CacheEpochRecord | null) => NextRecord,
): Promise<CacheEpochRecord> {
  for (;;) {
    const record = await change(parts, next);
    const begun = await parts.cache.begin(record.epoch);
    if (begun.kind === "settled") return record;
    if (begun.error.code !== "CACHE_EPOCH_TAKEN") throw begun.error;
  }
}

async function change(
  { cacheEpochs, nowMs, reason, by }: OperatedCacheEpoch,
  next: (from: CacheEpochRecord | null) => NextRecord,
): Promise<CacheEpochRecord> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const { record: from } = await cacheEpochs.readCacheEpoch();
    const to: CacheEpochRecord = { ...next(from), reason, by, changedAtMs: nowMs() };
    if (await cacheEpochs.changeCacheEpoch(from, to)) return to;
  }
  throw new CoreError(
    "CACHE_EPOCH_UNSETTLED",
    "the cache epoch changed at each attempt: look at `trilane cache status`",
  );
}
