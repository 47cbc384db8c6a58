/**
 * The knowledge that one process has of the cache epoch, and how long it may
 * rely on it.
 *
 * The lease counts from the moment when the read that brought the record was
 * *sent*. The record was in force at some moment after that, so a process that
 * finds another record and then waits one lease outlasts this lease. A wait
 * counts from the moment when the record was *received*, for the same reason in
 * the other direction.
 *
 * Moments are compared at each use, because a flag that a timer sets is out of
 * date in a process that was stopped. A lease and a wait are judged by clocks
 * of two kinds; `elapsed.ts` says why.
 */
import { latestLeaseMoment, type LeaseMoment, type WaitMoment } from "./elapsed.ts";
import { isOlderCacheEpoch, isSameCacheEpoch, type LeaseTerms, type CacheEpoch } from "./cache-epoch.ts";
import { cacheEpochRules, type CacheEpochRules } from "./cache-epoch-rules.ts";

export interface CacheEpochKnowledge {
  readonly cacheEpoch: CacheEpoch;
  /** How long leases on this record last, and how long to wait for the end of older ones. */
  readonly terms: LeaseTerms;
  /** When the latest read that found this record was sent. */
  readonly sentAt: LeaseMoment;
  /** When this record was first received. */
  readonly learnedAt: WaitMoment;
  /** When the wait for the end of older epochs began; null when there is nothing to wait for. */
  readonly waitsFrom: WaitMoment | null;
}

/** The record, as a read brought it or as an applied put left it. */
export interface LearnedCacheEpoch {
  readonly cacheEpoch: CacheEpoch;
  readonly terms: LeaseTerms;
  readonly sentAt: LeaseMoment;
  readonly receivedAt: WaitMoment;
}

/** The knowledge of a process after it has received `learned`; `known` is null before its first record. */
export function learnCacheEpoch(
  known: CacheEpochKnowledge | null,
  learned: LearnedCacheEpoch,
  rules: CacheEpochRules = cacheEpochRules,
): CacheEpochKnowledge {
  const { cacheEpoch, terms, sentAt, receivedAt } = learned;
  // Two reads that are under way at once may be answered in the other order.
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
