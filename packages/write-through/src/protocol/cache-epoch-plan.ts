/**
 * Decides which step a process may take next, given what it knows of the cache
 * epoch. These decisions surround the write plan, the read plan and the changes
 * of the record.
 *
 * Everything here is pure. Each decision is taken again after every `look`
 * (read the record, then `learn`) and every `wait`. No decision may be kept for
 * later: one that was taken under a lease holds only together with the step
 * that follows.
 *
 * A write: beforeFence, FENCE, beforeStore, STORE, beforeAcknowledgement,
 * PUBLISH, afterPublish.
 * A read: beforeGet, GET with its check, beforeHit; or the store, beforeAnswer,
 * FILL or RAISE, afterSettle.
 *
 * A crash between any two steps leaves what the plans say. A process that
 * starts again knows no cache epoch, and waits as one that learns of a new
 * epoch.
 */
import { leaseMsBetween, type Now, type WaitMoment, waitMsBetween } from "./elapsed.ts";
import type { Settlement } from "./read-plan.ts";
import { learnCacheEpoch, type LearnedCacheEpoch, type CacheEpochKnowledge } from "./cache-epoch-knowledge.ts";
import {
  CLOCK_RATE_MARGIN,
  cacheEpochRules,
  type CacheEpochRules,
  type WhenCacheUnreachable,
} from "./cache-epoch-rules.ts";
import { cacheEpochChanges, type CacheEpoch, type CacheEpochMode } from "./cache-epoch.ts";

/** The record must be read first. */
export interface LookStep {
  readonly next: "look";
}

/** This much time must pass first; meanwhile the record may be looked at any number of times. */
export interface WaitStep {
  readonly next: "wait";
  readonly ms: number;
}

export type FenceDecision =
  | LookStep
  | { readonly next: "fence"; readonly epoch: number; readonly mode: CacheEpochMode }
  /** The cache is off, so no fence is set. */
  | { readonly next: "store" };

export type StoreDecision = WaitStep | { readonly next: "store" };

/** The fence of a writer, and the cache epoch under which it was set. */
export interface CacheEpochHold {
  readonly id: string;
  readonly epoch: number;
  readonly mode: CacheEpochMode;
}

/** The id of a publish without a fence: no fence ever has it. */
export const NO_FENCE_ID = "";

export interface Publication {
  readonly epoch: number;
  /** The id of the fence, whatever its epoch is: an id is used only once, so it fits no fence of another epoch. */
  readonly id: string;
  /** False: the entry becomes absent where it would have become clean, whatever the write plan says. */
  readonly mayKeep: boolean;
  readonly isFenceOfEpoch: boolean;
}

export type AcknowledgeDecision =
  | LookStep
  | WaitStep
  | { readonly next: "publish"; readonly publication: Publication }
  | { readonly next: "acknowledge" };

/** "lost": the cache is not the one of this epoch, and nothing was changed. */
export type CacheAnswer = "done" | "unknown" | "lost";

export type PublishedDecision = LookStep | { readonly next: "acknowledge" };

export type GetDecision =
  | LookStep
  | { readonly next: "get"; readonly epoch: number }
  /** The read goes on without the cache. */
  | { readonly next: "read-store" };

export type HitDecision = LookStep | { readonly next: "answer" } | { readonly next: "read-again" };

/** The cache as a reader of `epoch` saw it, expressed as the settlement that the reader now owes the cache. */
export interface CacheObservation {
  readonly epoch: number;
  readonly settlement: Settlement;
}

export type AnswerDecision =
  | LookStep
  | WaitStep
  /** In warm the only settlement is a raise without an id, which never leaves a copy. */
  | { readonly next: "settle"; readonly epoch: number; readonly settlement: Settlement }
  | { readonly next: "answer" };

export type SettledDecision = LookStep | { readonly next: "answer" } | { readonly next: "fail" };

export type TurnOnDecision =
  | WaitStep
  | { readonly next: "put"; readonly cacheEpoch: CacheEpoch }
  | { readonly next: "nothing" };

export interface CacheEpochPlan {
  readonly learn: (known: CacheEpochKnowledge | null, learned: LearnedCacheEpoch) => CacheEpochKnowledge;
  /** Whether the process may rely on what it knows. */
  readonly hasLease: (known: CacheEpochKnowledge, now: Now) => boolean;
  readonly beforeFence: (known: CacheEpochKnowledge | null) => FenceDecision;
  /** Also for a put without a fence. To be taken again when something was learned since the fence. */
  readonly beforeStore: (known: CacheEpochKnowledge, now: Now) => StoreDecision;
  /** To be taken when the put is answered. `hold` is null for a write without a fence. */
  readonly beforeAcknowledgement: (
    known: CacheEpochKnowledge,
    now: Now,
    hold: CacheEpochHold | null,
  ) => AcknowledgeDecision;
  readonly afterPublish: (publication: Publication, answer: CacheAnswer) => PublishedDecision;
  readonly beforeGet: (known: CacheEpochKnowledge | null) => GetDecision;
  /** `epoch` is the epoch for which the get was made. */
  readonly beforeHit: (known: CacheEpochKnowledge, now: Now, epoch: number) => HitDecision;
  /** To be taken when the store has answered. `observation` is null for a read that began without the cache. */
  readonly beforeAnswer: (known: CacheEpochKnowledge, now: Now, observation: CacheObservation | null) => AnswerDecision;
  readonly afterSettle: (answer: CacheAnswer) => SettledDecision;
  /** To be taken only after the guard of this epoch was seen. */
  readonly beforeTurnOn: (known: CacheEpochKnowledge, now: Now) => TurnOnDecision;
}

export interface CacheEpochPlanOptions {
  readonly whenCacheUnreachable: WhenCacheUnreachable;
}

const LOOK: LookStep = { next: "look" };
/** The settlement of a reader that has observed nothing in this epoch. */
const RAISE: Settlement = { with: "raise", id: null };
/** A wait that is not over takes some time, so rounding must not make it 0. */
const WAIT_MS_MIN = 1;

export function createCacheEpochPlan(
  options: CacheEpochPlanOptions,
  rules: CacheEpochRules = cacheEpochRules,
): CacheEpochPlan {
  const { whenCacheUnreachable: setting } = options;

  const hasLease = ({ sentAt, terms }: CacheEpochKnowledge, now: Now): boolean =>
    rules.isLeaseValid(leaseMsBetween(sentAt, now.lease), terms);

  const waitSince = (from: WaitMoment, { terms }: CacheEpochKnowledge, now: Now): WaitStep | null => {
    const waitedMs = waitMsBetween(from, now.wait);
    if (rules.isWaitOver(waitedMs, terms)) return null;
    return { next: "wait", ms: Math.max(WAIT_MS_MIN, terms.waitMs * (1 + CLOCK_RATE_MARGIN) - waitedMs) };
  };

  const waitOf = (known: CacheEpochKnowledge, now: Now): WaitStep | null =>
    known.waitsFrom === null ? null : waitSince(known.waitsFrom, known, now);

  return {
    learn: (known, learned) => learnCacheEpoch(known, learned, rules),
    hasLease,

    beforeFence(known) {
      if (known === null) return LOOK;
      const { epoch, mode } = known.cacheEpoch;
      return mode === "off" ? { next: "store" } : { next: "fence", epoch, mode };
    },

    /**
     * Readers of the old epoch may still answer from the cache, and a put that they cannot see must not come before the
     * last of these hits.
     */
    beforeStore: (known, now) => waitOf(known, now) ?? { next: "store" },

    beforeAcknowledgement(known, now, hold) {
      if (!hasLease(known, now)) return LOOK;
      const wait = waitOf(known, now);
      if (wait !== null) return wait;
      const { epoch, mode } = known.cacheEpoch;
      if (!rules.publishes(mode)) return { next: "acknowledge" };
      const id = hold?.id ?? NO_FENCE_ID;
      const mayKeep = hold !== null && rules.publishKeepsCopy(hold.mode);
      return { next: "publish", publication: { epoch, id, mayKeep, isFenceOfEpoch: hold?.epoch === epoch } };
    },

    afterPublish({ isFenceOfEpoch }, answer) {
      const isEnough =
        answer === "done" || (answer === "unknown" && rules.acknowledgesUnpublished(setting, isFenceOfEpoch));
      return isEnough ? { next: "acknowledge" } : LOOK;
    },

    beforeGet(known) {
      if (known === null) return LOOK;
      const { epoch, mode } = known.cacheEpoch;
      return rules.asksCache(mode) ? { next: "get", epoch } : { next: "read-store" };
    },

    /** A hit counts under a lease that is still valid after it. */
    beforeHit(known, now, epoch) {
      if (!hasLease(known, now)) return LOOK;
      return { next: rules.hitCounts(known.cacheEpoch, epoch) ? "answer" : "read-again" };
    },

    beforeAnswer(known, now, observation) {
      if (!hasLease(known, now)) return LOOK;
      const wait = rules.answerWaits(setting) ? waitOf(known, now) : null;
      if (wait !== null) return wait;
      const { epoch, mode } = known.cacheEpoch;
      if (!rules.raises(mode)) return { next: "answer" };
      const settlement = observation?.epoch === epoch ? observation.settlement : RAISE;
      return { next: "settle", epoch, settlement };
    },

    afterSettle(answer) {
      if (answer === "done") return { next: "answer" };
      if (answer === "lost") return LOOK;
      return { next: rules.answersUnraised(setting) ? "answer" : "fail" };
    },

    /** The mode becomes on only when every writer fences, before any reader trusts a hit. */
    beforeTurnOn(known, now) {
      const cacheEpoch = cacheEpochChanges.turnOn(known.cacheEpoch);
      if (cacheEpoch === null) return { next: "nothing" };
      return waitSince(known.learnedAt, known, now) ?? { next: "put", cacheEpoch };
    },
  };
}
