/** The lifetime of clean copies in the cache. */
import type { Random, TimeOfDay } from "./ports/clock.ts";
import type { StoredCopy } from "./ports/store.ts";

export interface CacheLifetime {
  /**
   * Milliseconds that a copy of a record, or of a tombstone, lives at most. It may be long: reads stay fresh without
   * it.
   */
  readonly ttlMs: number;
  /** Milliseconds that the answer "the store has no such record" lives at most. */
  readonly negativeTtlMs: number;
  /**
   * A random part of the lifetime, up to this share of it (0 to 1), is taken off, so that entries that were filled
   * together do not expire together.
   */
  readonly jitter: number;
}

export const cacheLifetimeDefaults: CacheLifetime = {
  ttlMs: 24 * 3_600_000,
  negativeTtlMs: 300_000,
  jitter: 0.1,
};

/**
 * Whole milliseconds, never past the record's own expiry; 0 for an expired copy, and where no server confirms the time.
 */
export function lifetimeOf(copy: StoredCopy, lifetime: CacheLifetime, time: TimeOfDay, random: Random): number {
  if (time.kind === "unconfirmed") return 0;
  const longestMs = copy.body === null ? lifetime.negativeTtlMs : lifetime.ttlMs;
  const jitteredMs = longestMs * (1 - lifetime.jitter * random());
  const leftMs = copy.body === null ? jitteredMs : copy.body.expiresAtMs - time.nowMs;
  return Math.max(0, Math.floor(Math.min(jitteredMs, leftMs)));
}
