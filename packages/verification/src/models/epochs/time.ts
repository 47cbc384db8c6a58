/**
 * How time passes in a model: what a process knows about it, and what a wait
 * does. `clocks.ts` is another such model, with clocks.
 *
 * Here time exists only in the leases. A lease never ends by itself: a process
 * may look at the record at any time, and an expired lease would make it do
 * just that. Only a wait of one lease ends, when it is over, all older leases,
 * because that is the purpose of waiting. So every timing of right clocks is
 * covered, and so is a process that is stopped for any time.
 */
import {
  isOlderCacheEpoch,
  leaseMoment,
  leaseMsBetween,
  type LeaseTerms,
  type Now,
  type CacheEpoch,
  type CacheEpochKnowledge,
  type CacheEpochPlan,
  waitMoment,
} from "@trilane/write-through/protocol";
import type { ProcessState, State } from "./state.ts";

/** The moment when a process turns the cache on. The model does not follow that process. */
export type Turner = "at once" | "one lease later" | "not yet";

export interface ModelTime {
  /** Null before the process's first record. */
  readonly knowledgeOf: (state: State, process: ProcessState) => CacheEpochKnowledge | null;
  readonly nowOf: (state: State, process: ProcessState) => Now;
  /** Whether a look now would tell the process nothing new. */
  readonly isFresh: (state: State, process: ProcessState) => boolean;
  /** The process learns a record. `isFresh`: a lease from the moment of the question may still be valid. */
  readonly takeIn: (state: State, process: ProcessState, seen: CacheEpoch & { readonly isFresh: boolean }) => void;
  /** Something happened to the clocks. */
  readonly happened: (state: State) => void;
  /** The process waits until its wait is over; false where only the world lets time pass. */
  readonly waitOut: (state: State, process: ProcessState) => boolean;
  /** Says when a cache that is warm and has its guard may be turned on. */
  readonly turnOn: (state: State) => Turner;
  /** The process starts anew. */
  readonly forget: (process: ProcessState) => void;
}

/** The time of every step: leases are valid or over, waits are over or not. */
const NOW_MS = 10_000;
const LEASE_MS = 1_000;
const TERMS: LeaseTerms = { leaseMs: LEASE_MS, waitMs: LEASE_MS };
const NOW: Now = { lease: leaseMoment(NOW_MS), wait: waitMoment(NOW_MS) };
/** So long ago that a lease from then is over. */
const ONE_LEASE_AGO = leaseMoment(NOW_MS - LEASE_MS);
/** So long ago that a wait from then is over, by the slowest clock. */
const LONG_AGO = waitMoment(0);

export function createTimelessTime(plan: CacheEpochPlan): ModelTime {
  const knowledgeOf = ({ epoch, mode, hasLease, mustWait }: ProcessState): CacheEpochKnowledge | null =>
    epoch === 0
      ? null
      : {
          cacheEpoch: { epoch, mode },
          terms: TERMS,
          sentAt: hasLease ? NOW.lease : ONE_LEASE_AGO,
          learnedAt: NOW.wait,
          waitsFrom: mustWait ? NOW.wait : null,
        };
  return {
    knowledgeOf: (_, process) => knowledgeOf(process),
    nowOf: () => NOW,
    isFresh: (state, process) =>
      process.epoch === state.recordEpoch && process.mode === state.recordMode && process.hasLease,
    takeIn(_, process, { epoch, mode, isFresh }) {
      const learned = plan.learn(knowledgeOf(process), {
        cacheEpoch: { epoch, mode },
        terms: TERMS,
        sentAt: isFresh ? NOW.lease : ONE_LEASE_AGO,
        receivedAt: NOW.wait,
      });
      process.epoch = learned.cacheEpoch.epoch;
      process.mode = learned.cacheEpoch.mode;
      process.hasLease = leaseMsBetween(learned.sentAt, NOW.lease) === 0;
      process.mustWait = learned.waitsFrom !== null;
    },
    happened() {
      throw new TypeError("nothing happens to clocks that are not there");
    },
    waitOut(state, process) {
      const { epoch } = process;
      process.mustWait = false;
      endLeases(state, (cacheEpoch) => cacheEpoch.epoch < epoch);
      return true;
    },
    turnOn(state) {
      const record = { epoch: state.recordEpoch, mode: state.recordMode };
      const learned = { cacheEpoch: record, terms: TERMS, sentAt: NOW.lease, waitsFrom: null };
      if (plan.beforeTurnOn({ ...learned, learnedAt: NOW.wait }, NOW).next !== "wait") return "at once";
      const later = plan.beforeTurnOn({ ...learned, learnedAt: LONG_AGO }, NOW);
      if (later.next !== "put") throw new TypeError("a cache that is warm for a lease can be turned on");
      endLeases(state, (cacheEpoch) => isOlderCacheEpoch(cacheEpoch, record));
      return "one lease later";
    },
    forget(process) {
      process.hasLease = false;
      process.mustWait = false;
    },
  };
}

function endLeases(state: State, isOver: (cacheEpoch: CacheEpoch) => boolean): void {
  for (const writer of state.writers) endLease(writer, isOver);
  for (const reader of state.readers) endLease(reader, isOver);
}

function endLease(process: ProcessState, isOver: (cacheEpoch: CacheEpoch) => boolean): void {
  if (isOver(process)) process.hasLease = false;
  if (isOver({ epoch: process.seenEpoch, mode: process.seenMode })) process.isSeenFresh = false;
}
