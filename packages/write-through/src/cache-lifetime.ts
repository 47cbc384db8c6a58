/** The lifetime of clean copies in the cache. */
import type { Random, TimeOfDay } from "./ports/clock.ts";
import type { StoredCopy } from "./ports/store.ts";

export interface CacheLifetime {
  /** Milliseconds that a copy of a record, or of a tombstone, lives at most. Generous: it is not what keeps reads fresh. */
  readonly ttlMs: number;
  /** Milliseconds that "the store has no such record" lives at most. */
  readonly negativeTtlMs: number;
  /** The share of the lifetime, from 0 to 1, that is taken off at random, so that entries filled together do not expire together. */
  readonly jitter: number;
}

export const cacheLifetimeDefaults: CacheLifetime = {
  ttlMs: 24 * 3_600_000,
  negativeTtlMs: 300_000,
  jitter: 0.1,
};

/** Whole milliseconds, never past the record's own expiry; 0 for what is expired, and where nobody confirms the time. */
export function lifetimeOf(copy: StoredCopy, lifetime: CacheLifetime, time: TimeOfDay, random: Random): number {
  if (time.kind === "unconfirmed") return 0;
  const longestMs = copy.body === null ? lifetime.negativeTtlMs : lifetime.ttlMs;
  const jitteredMs = longestMs * (1 - lifetime.jitter * random());
  const leftMs = copy.body === null ? jitteredMs : copy.body.expiresAtMs - time.nowMs;
  return Math.max(0, Math.floor(Math.min(jitteredMs, leftMs)));
}
