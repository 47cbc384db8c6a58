/**
 * The rules of the cache epochs that compute something, one function each.
 * Production uses all of `cacheEpochRules`; the verification takes one rule
 * away at a time and shows what that rule is for. docs/cache-epochs.md has the
 * counter-examples.
 */
import type { LeaseTerms, CacheEpoch, CacheEpochMode } from "./cache-epoch.ts";

/**
 * How to go on without an answer of the cache: `read-store` continues with the store, and has the residuals of
 * docs/cache-epochs.md; `fail` has none of them and answers fewer reads.
 */
export type WhenCacheUnreachable = "read-store" | "fail";

/** The share by which the clocks of two machines may differ in rate. Waits are longer than leases by this share. */
export const CLOCK_RATE_MARGIN = 0.02;

export interface CacheEpochRules {
  /** A record that was learned counts for one lease, from the moment when the question was sent. */
  readonly isLeaseValid: (ageMs: number, terms: LeaseTerms) => boolean;
  /**
   * A process that has waited this long outlasts every lease on an older record, even by the slowest clock that is
   * allowed.
   */
  readonly isWaitOver: (waitedMs: number, terms: LeaseTerms) => boolean;
  /** A process that learns of a new epoch which is not on yet waits until no lease of an older one is left. */
  readonly beginsWait: (known: CacheEpoch | null, learned: CacheEpoch) => boolean;
  /** A reader that goes on without the cache does not wait either. */
  readonly answerWaits: (setting: WhenCacheUnreachable) => boolean;
  /**
   * In warm, some process may still believe that the cache is off, and tell it nothing. A copy that is filled then may
   * be old.
   */
  readonly asksCache: (mode: CacheEpochMode) => boolean;
  /** A hit counts for its own epoch. */
  readonly hitCounts: (known: CacheEpoch, entryEpoch: number) => boolean;
  /** A put without a fence of this epoch is published to the cache as well, where there is one. */
  readonly publishes: (mode: CacheEpochMode) => boolean;
  /** A fence of a warm cache leaves no copy. */
  readonly publishKeepsCopy: (fencedUnder: CacheEpochMode) => boolean;
  /** Applies without an answer to PUBLISH: a fence of this epoch is still there, so the write may be acknowledged. */
  readonly acknowledgesUnpublished: (setting: WhenCacheUnreachable, isFenceOfEpoch: boolean) => boolean;
  /** A reader that answers from the store tells the cache first, where there is one. */
  readonly raises: (mode: CacheEpochMode) => boolean;
  /** Whether a reader answers without an answer to its raise. */
  readonly answersUnraised: (setting: WhenCacheUnreachable) => boolean;
}

export const cacheEpochRules: CacheEpochRules = {
  isLeaseValid: (ageMs, { leaseMs }) => ageMs < leaseMs,
  isWaitOver: (waitedMs, { waitMs }) => waitedMs >= waitMs * (1 + CLOCK_RATE_MARGIN),
  beginsWait: (known, learned) => known === null || known.epoch !== learned.epoch,
  answerWaits: (setting) => setting === "fail",
  asksCache: (mode) => mode === "on",
  hitCounts: (known, entryEpoch) => known.mode === "on" && known.epoch === entryEpoch,
  publishes: (mode) => mode !== "off",
  publishKeepsCopy: (fencedUnder) => fencedUnder === "on",
  acknowledgesUnpublished: (setting, isFenceOfEpoch) => setting === "read-store" && isFenceOfEpoch,
  raises: (mode) => mode !== "off",
  answersUnraised: (setting) => setting === "read-store",
};
