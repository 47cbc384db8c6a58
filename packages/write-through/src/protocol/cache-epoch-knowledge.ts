/**
 * What one process knows of the cache epoch, and for how long it may rely on it.
 *
 * The lease counts from when the read that brought the record was *sent*: the
 * record was in force at some moment after that, so whoever finds another one
 * and waits one lease outlasts it. A wait counts from when the record was
 * *received*, for the same reason the other way round.
 *
 * Moments are compared at each use: a flag that a timer sets is stale in a
 * process that was stopped. A lease and a wait are judged by clocks of their
 * own kind; see `elapsed.ts`.
 */
import { latestLeaseMoment, type LeaseMoment, type WaitMoment } from "./elapsed.ts";
import { isOlderCacheEpoch, isSameCacheEpoch, type LeaseTerms, type CacheEpoch } from "./cache-epoch.ts";
import { cacheEpochRules, type CacheEpochRules } from "./cache-epoch-rules.ts";

export interface CacheEpochKnowledge {
  readonly cacheEpoch: CacheEpoch;
  /** How long leases on this record last, and waits for the end of older ones. */
  readonly terms: LeaseTerms;
  /** When the latest read that found this record was sent. */
  readonly sentAt: LeaseMoment;
  /** When this record was first received. */
  readonly learnedAt: WaitMoment;
  /** When the wait for the end of older epochs began; null when there is nothing to wait for. */
  readonly waitsFrom: WaitMoment | null;
}

/** A read of the record, or a put of it that was applied. */
export interface LearnedCacheEpoch {
  readonly cacheEpoch: CacheEpoch;
  readonly terms: LeaseTerms;
  readonly sentAt: LeaseMoment;
  readonly receivedAt: WaitMoment;
}

/** What a process knows once `learned` has come; null before its first record. */
export function learnCacheEpoch(
  known: CacheEpochKnowledge | null,
  learned: LearnedCacheEpoch,
  rules: CacheEpochRules = cacheEpochRules,
): CacheEpochKnowledge {
  const { cacheEpoch, terms, sentAt, receivedAt } = learned;
  // Two reads under way at once may be answered in the other order.
  if (known !== null && isOlderCacheEpoch(cacheEpoch, known.cacheEpoch)) return known;
  const isKnown = known !== null && isSameCacheEpoch(known.cacheEpoch, cacheEpoch);
  return {
    cacheEpoch,
    terms,
    sentAt: isKnown ? latestLeaseMoment(known.sentAt, sentAt) : sentAt,
    learnedAt: isKnown ? known.learnedAt : receivedAt,
    waitsFrom: waitsFrom(known, learned, rules),
  };
}

function waitsFrom(
  known: CacheEpochKnowledge | null,
  learned: LearnedCacheEpoch,
  rules: CacheEpochRules,
): WaitMoment | null {
  if (learned.cacheEpoch.mode === "on") return null;
  if (rules.beginsWait(known?.cacheEpoch ?? null, learned.cacheEpoch)) return learned.receivedAt;
  return known?.waitsFrom ?? null;
}
