/**
 * The cache epoch of a cache: whether, and how, it may be used at all.
 *
 * One record per cache in the store, changed only by a conditional put on the
 * record that was read before; losers of a race adopt what they find. An epoch
 * begins warm or off and never goes back:
 *
 *     trip:     {e, any mode} -> {e + 1, warm} where the cache answers, else {e + 1, off}
 *     warm up:  {e, off}      -> {e, warm}     the cache answers again, with the right settings
 *     turn on:  {e, warm}     -> {e, on}       the guard is set, and one lease has passed since
 *                                              whoever does it learned of warm
 *
 * | mode | writers                                 | readers                                          |
 * |------|-----------------------------------------|--------------------------------------------------|
 * | on   | fence, store, publish                   | hit, or read the store and fill or raise         |
 * | warm | fence, store, publish without a copy    | read the store, raise without a copy; no hit, no fill |
 * | off  | store                                   | read the store                                   |
 *
 * Whoever begins warm sets the guard, once for the epoch, whatever the answer.
 * A crash between the put and the guard leaves an epoch without one: every
 * command answers that the cache is lost, and the next trip ends it.
 */

export type CacheEpochMode = "on" | "warm" | "off";

export interface CacheEpoch {
  readonly epoch: number;
  readonly mode: CacheEpochMode;
}

/**
 * The lengths that every process goes by, so that no two disagree: they stand in
 * the record, are the same throughout an epoch, and change only with a new one.
 */
export interface LeaseTerms {
  /** Milliseconds that a process may rely on this record, from when it asked for it. */
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
 * The terms of an epoch with leases of `leaseMs` that follows `from`. Where the cache is on, every
 * older lease is over, because whoever turned it on has waited for that. Where it is not, leases may
 * be left that were older already when `from` began.
 */
export function termsOfNextEpoch(from: (CacheEpoch & LeaseTerms) | null, leaseMs: number): LeaseTerms {
  if (from === null) return { leaseMs, waitMs: leaseMs };
  return { leaseMs, waitMs: Math.max(leaseMs, from.mode === "on" ? from.leaseMs : from.waitMs) };
}

export type CacheHealth = "answers" | "silent";

/** What the record becomes; the put is on the condition that it is still what it was. */
export interface CacheEpochChanges {
  /** No record yet is as if one had been tripped. */
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
