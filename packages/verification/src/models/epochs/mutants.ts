/** The mutation table of the cache epochs: each mutant takes one rule away. */
import { cacheEpochChanges, type CacheEpochKnowledge, type Now } from "@trilane/write-through/protocol";
import { clockMutants } from "./clock-mutants.ts";
import type { Mutant } from "../mutant.ts";
import {
  withCacheRules,
  withChanges,
  withGuard,
  withEpochPlan,
  withEpochRules,
  type ProtocolUnderTest,
} from "./protocol.ts";

/** As if the process had learned the record at this moment. */
function withLease(known: CacheEpochKnowledge, { lease }: Now): CacheEpochKnowledge {
  return { ...known, sentAt: lease };
}

function withoutWait(known: CacheEpochKnowledge): CacheEpochKnowledge {
  return { ...known, waitsFrom: null };
}

/** Writes go by the cache epoch under which they fenced; without a fence they go by none. */
function withoutLook(skips: (isFenced: boolean) => boolean): ProtocolUnderTest {
  return withEpochPlan((plan) => ({
    beforeAcknowledgement(known, now, hold) {
      if (!skips(hold !== null)) return plan.beforeAcknowledgement(known, now, hold);
      const cacheEpoch = hold ?? { epoch: 0, mode: "off" };
      return plan.beforeAcknowledgement({ ...withLease(withoutWait(known), now), cacheEpoch }, now, hold);
    },
  }));
}

const LEASES: readonly Mutant<ProtocolUnderTest>[] = [
  {
    name: "a hit needs no lease",
    rule: "beforeHit (lease)",
    instead: "a reader that was stopped, or is cut off from the store, goes on to hit",
    protocol: withEpochPlan((plan) => ({
      beforeHit: (known, now, epoch) => plan.beforeHit(withLease(known, now), now, epoch),
    })),
    world: "epochs-two-changes",
    expects: "violation",
  },
  {
    name: "leases never end",
    rule: "isLeaseValid",
    instead: "what was learned counts for ever",
    protocol: withEpochRules({ isLeaseValid: () => true }),
    world: "epochs-two-changes",
    expects: "violation",
  },
  {
    name: "a hit counts in any cache epoch",
    rule: "hitCounts",
    instead: "a reader that has learned of another epoch answers with the hit that it had before",
    protocol: withEpochRules({ hitCounts: () => true }),
    world: "epochs-two-changes",
    expects: "violation",
  },
  {
    name: "a new epoch costs no wait",
    rule: "beginsWait",
    instead: "a process that learns of a new epoch goes on at once",
    protocol: withEpochRules({ beginsWait: () => false }),
    world: "epochs-two-changes",
    expects: "violation",
  },
  {
    name: "a process that starts does not wait",
    rule: "beginsWait (first record)",
    instead: "a first record costs no wait",
    protocol: withEpochRules({ beginsWait: (known, learned) => known !== null && known.epoch !== learned.epoch }),
    world: "epochs-crash",
    expects: "violation",
  },
  {
    name: "no wait before STORE",
    rule: "beforeStore",
    instead: "a writer that has learned of a new epoch puts at once",
    protocol: withEpochPlan(() => ({ beforeStore: () => ({ next: "store" }) })),
    world: "epochs-read-store",
    expects: "violation",
  },
  {
    name: "no wait before the acknowledgement",
    rule: "beforeAcknowledgement (wait)",
    instead: "a writer that learns of a new epoch after its put acknowledges at once",
    protocol: withEpochPlan((plan) => ({
      beforeAcknowledgement: (known, now, hold) => plan.beforeAcknowledgement(withoutWait(known), now, hold),
    })),
    world: "epochs-two-changes",
    expects: "violation",
  },
  {
    name: "no wait before a reader's answer",
    rule: "answerWaits",
    instead: "a reader that learns of a new epoch answers from the store at once",
    protocol: withEpochRules({ answerWaits: () => false }),
    world: "epochs-old-hits",
    expects: "violation",
  },
];

const GUARD: readonly Mutant<ProtocolUnderTest>[] = [
  {
    name: "no guard",
    rule: "guard",
    instead: "any server that runs scripts counts as the cache of any epoch",
    protocol: withGuard({ names: "nothing" }),
    world: "epochs-failover",
    expects: "violation",
  },
  {
    name: "a guard without the replication id",
    rule: "guard (replication id)",
    instead: "a promoted replica, or one that was promoted back, counts as the cache of the epoch",
    protocol: withGuard({ names: "epoch" }),
    world: "epochs-failover",
    expects: "violation",
  },
  {
    name: "the guard is read before the keys",
    rule: "guard (read after the keys)",
    instead: "a get checks the guard first",
    protocol: withGuard({ isRead: "before-keys" }),
    world: "epochs-failover",
    expects: "violation",
  },
  {
    name: "the guard is set again",
    rule: "guard (set once)",
    instead: "the process that began the epoch sets its guard again after a loss",
    protocol: withGuard({ isSet: "any-number" }),
    world: "epochs-failover",
    expects: "violation",
  },
  {
    name: "replicas check the guard",
    rule: "guard (no flag no-writes)",
    instead: "a primary that was made a replica checks the guard that it has copied, behind keys that lag",
    protocol: withGuard({ replicas: "answer" }),
    world: "epochs-failover",
    expects: "violation",
  },
  {
    name: "turned on without a guard",
    rule: "guard (set before on)",
    instead: "the cache is turned on although its guard was never seen",
    protocol: withGuard({ isNeeded: "sometimes" }),
    world: "epochs-any-fault",
    expects: "upkeep",
    reason:
      "reads stay right; until the guard is set the cache refuses everybody, and another trip costs another lease",
  },
  {
    name: "old epochs count",
    rule: "isCurrent",
    instead: "a state of an older epoch is taken as it is",
    protocol: withCacheRules({ isCurrent: () => true }),
    world: "epochs-two-changes",
    expects: "violation",
  },
];

const WARM: readonly Mutant<ProtocolUnderTest>[] = [
  {
    name: "no warm phase",
    rule: "trip, warmUp",
    instead: "the cache is on as soon as it answers",
    protocol: withChanges({
      trip: (from, cache) => ({ epoch: (from?.epoch ?? 0) + 1, mode: cache === "answers" ? "on" : "off" }),
      warmUp: ({ epoch, mode }) => (mode === "off" ? { epoch, mode: "on" } : null),
    }),
    world: "epochs-two-changes",
    expects: "violation",
  },
  {
    name: "no wait in warm",
    rule: "beforeTurnOn",
    instead: "the cache is turned on as soon as its guard is set",
    protocol: withEpochPlan(() => ({
      beforeTurnOn({ cacheEpoch: known }) {
        const cacheEpoch = cacheEpochChanges.turnOn(known);
        return cacheEpoch === null ? { next: "nothing" } : { next: "put", cacheEpoch };
      },
    })),
    world: "epochs-two-changes",
    expects: "violation",
  },
  {
    name: "a fence of a warm cache leaves a copy",
    rule: "publishKeepsCopy",
    instead: "a writer that fenced in warm publishes a copy",
    protocol: withEpochRules({ publishKeepsCopy: () => true }),
    world: "epochs-off-then-warm",
    expects: "violation",
  },
  {
    name: "readers fill in warm",
    rule: "asksCache",
    instead: "a reader gets, leases and fills as soon as the cache is warm",
    protocol: withEpochRules({ asksCache: (mode) => mode !== "off" }),
    world: "epochs-off-two-readers",
    expects: "violation",
  },
  {
    name: "readers do not raise in warm",
    rule: "raises",
    instead: "a reader tells the cache only when it is on",
    protocol: withEpochRules({ raises: (mode) => mode === "on" }),
    world: "epochs-two-readers",
    expects: "violation",
  },
];

const ACKNOWLEDGEMENTS: readonly Mutant<ProtocolUnderTest>[] = [
  {
    name: "no look before the acknowledgement",
    rule: "beforeAcknowledgement (look)",
    instead: "a writer goes by the cache epoch that it fenced under",
    protocol: withoutLook(() => true),
    world: "epochs-two-changes",
    expects: "violation",
  },
  {
    name: "no look before the acknowledgement of a fenced write",
    rule: "beforeAcknowledgement (look, fenced)",
    instead: "a writer with a fence goes by the cache epoch that it fenced under",
    protocol: withoutLook((isFenced) => isFenced),
    world: "epochs-failover",
    expects: "violation",
  },
  {
    name: "no look before the acknowledgement of an unfenced write",
    rule: "beforeAcknowledgement (look, unfenced)",
    instead: "a writer without a fence acknowledges once its put is answered",
    protocol: withoutLook((isFenced) => !isFenced),
    world: "epochs-two-changes",
    expects: "violation",
  },
  {
    name: "a look without a lease before the acknowledgement",
    rule: "beforeAcknowledgement (lease)",
    instead: "a writer goes by what it knows, however old",
    protocol: withEpochPlan((plan) => ({
      beforeAcknowledgement: (known, now, hold) => plan.beforeAcknowledgement(withLease(known, now), now, hold),
    })),
    world: "epochs-two-changes",
    expects: "violation",
  },
  {
    name: "no publish in warm",
    rule: "publishes",
    instead: "a writer publishes only when the cache is on",
    protocol: withEpochRules({ publishes: (mode) => mode === "on" }),
    world: "epochs-two-changes",
    expects: "violation",
  },
  {
    name: "strict, acknowledged without a publish",
    rule: "acknowledgesUnpublished (strict)",
    instead: "a write with a fence of the epoch is acknowledged although its publish had no answer",
    protocol: withEpochRules({ acknowledgesUnpublished: (_, isFenceOfEpoch) => isFenceOfEpoch }),
    world: "epochs-lost-fence",
    expects: "violation",
  },
  {
    name: "acknowledged without a fence and without a publish",
    rule: "acknowledgesUnpublished (fence of the epoch)",
    instead:
      "a write whose fence is of another epoch, or that has none, is acknowledged although its publish had no answer",
    protocol: withEpochRules({ acknowledgesUnpublished: () => true }),
    world: "epochs-two-changes",
    expects: "violation",
  },
];

const ANSWERS: readonly Mutant<ProtocolUnderTest>[] = [
  {
    name: "an answer from the store needs no lease",
    rule: "beforeAnswer (lease)",
    instead: "a reader that read the store goes by what it knows, however old",
    protocol: withEpochPlan((plan) => ({
      beforeAnswer: (known, now, observation) => plan.beforeAnswer(withLease(known, now), now, observation),
    })),
    world: "epochs-off-two-readers",
    expects: "violation",
  },
  {
    name: "strict, answered without a raise",
    rule: "answersUnraised",
    instead: "a reader answers from the store although its raise had no answer",
    protocol: withEpochRules({ answersUnraised: () => true }),
    world: "epochs-two-readers",
    expects: "violation",
  },
];

export const mutants: readonly Mutant<ProtocolUnderTest>[] = [
  ...LEASES,
  ...GUARD,
  ...WARM,
  ...ACKNOWLEDGEMENTS,
  ...ANSWERS,
  ...clockMutants,
];
