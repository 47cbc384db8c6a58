/**
 * The cache epoch: it says whether, and how, the cache may be used.
 *
 * There is one record per cache, in the store. It is changed only by a
 * conditional put on the record that was read before, and a process that loses
 * such a race adopts the record that it finds. An epoch begins warm or off, and
 * its mode never goes back:
 *
 *     trip:     {e, any mode} -> {e + 1, warm} where the cache answers, else {e + 1, off}
 *     warm up:  {e, off}      -> {e, warm}     the cache answers again, with the right settings
 *     turn on:  {e, warm}     -> {e, on}       the guard is set, and one lease has passed since
 *                                              the process that turns it on learned of warm
 *
 * | mode | writers                                 | readers                                          |
 * |------|-----------------------------------------|--------------------------------------------------|
 * | on   | fence, store, publish                   | hit, or read the store and fill or raise         |
 * | warm | fence, store, publish without a copy    | read the store, raise without a copy; no hit, no fill |
 * | off  | store                                   | read the store                                   |
 *
 * The process that begins a warm epoch sets its guard, only once for the epoch,
 * whatever the answer is. A crash between the put and the guard leaves an epoch
 * without a guard: every command answers that the cache is lost, and the next
 * trip ends the epoch.
 */

export type CacheEpochMode = "on" | "warm" | "off";

export interface CacheEpoch {
  readonly epoch: number;
  readonly mode: CacheEpochMode;
}

/**
 * The lengths that every process goes by, so that no two processes disagree. They stand in the record, stay the same
 * throughout an epoch, and change only with a new one.
 */
export interface LeaseTerms {
  /** Milliseconds that a process may rely on this record, counted from when it asked for it. */
  readonly leaseMs: number;
  /** Milliseconds after which no lease on an older record is left; never less than `leaseMs`. */
  readonly waitMs: number;
}

const MODE_ORDER: Readonly<Record<CacheEpochMode, number>> = { off: 0, warm: 1, on: 2 };

/** Whether the record `a` was in force before `b`. */
export function isOlderCacheEpoch(a: CacheEpoch, b: CacheEpoch): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && MODE_ORDER[a.mode] < MODE_ORDER[b.mode]);
}

export function isSameCacheEpoch(a: CacheEpoch, b: CacheEpoch): boolean {
  return a.epoch === b.epoch && a.mode === b.mode;
}

/**
 * The terms of an epoch that follows `from` and has leases of `leaseMs`. Where the cache is on, every older lease is
 * over, because the process that turned it on has waited for that. Where it is not on, leases may be left that were
 * already older when `from` began.
 */
export function termsOfNextEpoch(from: (CacheEpoch & LeaseTerms) | null, leaseMs: number): LeaseTerms {
  if (from === null) return { leaseMs, waitMs: leaseMs };
  return { leaseMs, waitMs: Math.max(leaseMs, from.mode === "on" ? from.leaseMs : from.waitMs) };
}

export type CacheHealth = "answers" | "silent";

/** Computes what the record becomes. Each put has the condition that the record is still what it was. */
export interface CacheEpochChanges {
  /** Where there is no record yet, the first one begins as if after a trip. */
  readonly trip: (from: CacheEpoch | null, cache: CacheHealth) => CacheEpoch;
  /** Null where the mode is not off. */
  readonly warmUp: (from: CacheEpoch) => CacheEpoch | null;
  /** Null where the mode is not warm. */
  readonly turnOn: (from: CacheEpoch) => CacheEpoch | null;
}

export const cacheEpochChanges: CacheEpochChanges = {
  trip: (from, cache) => ({ epoch: (from?.epoch ?? 0) + 1, mode: cache === "answers" ? "warm" : "off" }),
  warmUp: ({ epoch, mode }) => (mode === "off" ? { epoch, mode: "warm" } : null),
  turnOn: ({ epoch, mode }) => (mode === "warm" ? { epoch, mode: "on" } : null),
};
