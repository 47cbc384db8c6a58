/** The times in the decisions, which the explorer leaves out. */
import { describe, expect, it } from "vitest";
import {
  createCacheEpochPlan,
  leaseMoment,
  learnCacheEpoch,
  NO_FENCE_ID,
  type Now,
  cacheEpochChanges,
  type CacheEpoch,
  type CacheEpochKnowledge,
  termsOfNextEpoch,
  waitMoment,
} from "../../src/protocol/index.ts";

const TERMS = { leaseMs: 1_000, waitMs: 1_000 };
/** Two per cent longer than the terms say. */
const WAIT_MS = 1_020;
const strict = createCacheEpochPlan({ whenCacheUnreachable: "fail" });
const readStore = createCacheEpochPlan({ whenCacheUnreachable: "read-store" });

const ON_1: CacheEpoch = { epoch: 1, mode: "on" };
const OFF_2: CacheEpoch = { epoch: 2, mode: "off" };
const WARM_2: CacheEpoch = { epoch: 2, mode: "warm" };
const ON_2: CacheEpoch = { epoch: 2, mode: "on" };
const ON_3: CacheEpoch = { epoch: 3, mode: "on" };

function learnAll(...steps: readonly (readonly [CacheEpoch, number, number])[]): CacheEpochKnowledge {
  let known: CacheEpochKnowledge | null = null;
  for (const [cacheEpoch, sentAtMs, receivedAtMs] of steps) {
    const sentAt = leaseMoment(sentAtMs);
    known = learnCacheEpoch(known, { cacheEpoch, terms: TERMS, sentAt, receivedAt: waitMoment(receivedAtMs) });
  }
  if (known === null) throw new TypeError("a process that learns something knows something");
  return known;
}

/** Both clocks at once, or the clock of leases ahead of the other. */
function at(waitMs: number, leaseMs = waitMs): Now {
  return { lease: leaseMoment(leaseMs), wait: waitMoment(waitMs) };
}

describe("the cache epoch record", () => {
  it("goes to warm where the cache answers, else to off, in a new epoch", () => {
    expect(cacheEpochChanges.trip(ON_1, "answers")).toEqual(WARM_2);
    expect(cacheEpochChanges.trip(ON_1, "silent")).toEqual(OFF_2);
    expect(cacheEpochChanges.trip(null, "answers")).toEqual({ epoch: 1, mode: "warm" });
  });

  it("warms up only from off, and is turned on only from warm", () => {
    expect([OFF_2, WARM_2, ON_2].map(cacheEpochChanges.warmUp)).toEqual([WARM_2, null, null]);
    expect([OFF_2, WARM_2, ON_2].map(cacheEpochChanges.turnOn)).toEqual([null, ON_2, null]);
  });
});

describe("a lease", () => {
  it("counts from when the question was sent", () => {
    const known = learnAll([ON_1, 100, 900]);
    expect(strict.beforeHit(known, at(1_099), 1)).toEqual({ next: "answer" });
    expect(strict.beforeHit(known, at(1_100), 1)).toEqual({ next: "look" });
  });

  it("is not shortened by an answer that comes late", () => {
    const known = learnAll([ON_1, 500, 600], [ON_1, 100, 900]);
    expect(strict.beforeHit(known, at(1_499), 1)).toEqual({ next: "answer" });
  });

  it("is for one epoch", () => {
    expect(strict.beforeHit(learnAll([ON_2, 0, 1]), at(10), 1)).toEqual({ next: "read-again" });
    expect(strict.beforeHit(learnAll([ON_1, 0, 1], [WARM_2, 2, 3]), at(10), 2)).toEqual({ next: "read-again" });
  });

  it("does not go back to a record that was in force earlier", () => {
    const known = learnAll([ON_2, 500, 600], [WARM_2, 400, 700], [ON_1, 300, 800]);
    expect(known).toEqual(learnAll([ON_2, 500, 600]));
  });
});

describe("a wait", () => {
  it("counts from when the new epoch was received", () => {
    const known = learnAll([ON_1, 0, 1], [OFF_2, 100, 900]);
    expect(strict.beforeStore(known, at(1_000))).toEqual({ next: "wait", ms: WAIT_MS - 100 });
    expect(strict.beforeStore(known, at(900 + WAIT_MS))).toEqual({ next: "store" });
  });

  it("is not begun again by looking, nor by the same epoch going warm", () => {
    const known = learnAll([ON_1, 0, 1], [OFF_2, 100, 200], [OFF_2, 700, 800], [WARM_2, 900, 1_000]);
    expect(strict.beforeStore(known, at(1_100))).toEqual({ next: "wait", ms: WAIT_MS - 900 });
  });

  it("is begun by a first record that is not on", () => {
    expect(strict.beforeStore(learnAll([OFF_2, 0, 100]), at(200))).toEqual({ next: "wait", ms: WAIT_MS - 100 });
    expect(strict.beforeStore(learnAll([ON_2, 0, 100]), at(200))).toEqual({ next: "store" });
  });

  it("is over when a later epoch is on", () => {
    const known = learnAll([ON_1, 0, 1], [OFF_2, 100, 200], [ON_3, 300, 400]);
    expect(strict.beforeStore(known, at(500))).toEqual({ next: "store" });
  });

  it("comes before an acknowledgement in both settings, before an answer in the strict one", () => {
    const known = learnAll([ON_1, 0, 1], [OFF_2, 100, 200]);
    const wait = { next: "wait", ms: WAIT_MS - 100 };
    expect(strict.beforeAcknowledgement(known, at(300), null)).toEqual(wait);
    expect(readStore.beforeAcknowledgement(known, at(300), null)).toEqual(wait);
    expect(strict.beforeAnswer(known, at(300), null)).toEqual(wait);
    expect(readStore.beforeAnswer(known, at(300), null)).toEqual({ next: "answer" });
  });

  it("comes before the cache is turned on, from when warm was learned", () => {
    const known = learnAll([OFF_2, 0, 100], [WARM_2, 500, 600], [WARM_2, 900, 1_000]);
    expect(strict.beforeTurnOn(known, at(1_100))).toEqual({ next: "wait", ms: WAIT_MS - 500 });
    expect(strict.beforeTurnOn(known, at(600 + WAIT_MS))).toEqual({ next: "put", cacheEpoch: ON_2 });
    expect(strict.beforeTurnOn(learnAll([ON_2, 0, 1]), at(5_000))).toEqual({ next: "nothing" });
  });
});

describe("the two clocks", () => {
  it("end a lease by the one that is ahead, and a wait by the one that is behind", () => {
    const known = learnAll([ON_1, 0, 1], [WARM_2, 100, 100]);
    expect(strict.beforeStore(known, at(200, 60_000))).toEqual({ next: "wait", ms: WAIT_MS - 100 });
    expect(strict.beforeTurnOn(known, at(200, 60_000))).toMatchObject({ next: "wait" });
    expect(strict.beforeHit(learnAll([ON_1, 0, 1]), at(200, 60_000), 1)).toEqual({ next: "look" });
  });

  it("are not mixed: the compiler refuses a number, and one kind for the other", () => {
    const known = learnAll([ON_1, 0, 1]);
    // @ts-expect-error -- a number is no moment
    strict.beforeStore(known, { lease: 5, wait: 5 });
    // @ts-expect-error -- the clock of waits does not judge leases
    strict.beforeStore(known, { lease: waitMoment(5), wait: waitMoment(5) });
    // @ts-expect-error -- moments are not subtracted as they are
    expect(Number.isNaN(known.sentAt - known.learnedAt)).toBe(false);
  });
});

describe("the terms of the next epoch", () => {
  it("have everybody wait for the longer of the two leases", () => {
    expect(termsOfNextEpoch(null, 3_000)).toEqual({ leaseMs: 3_000, waitMs: 3_000 });
    expect(termsOfNextEpoch({ ...ON_1, leaseMs: 10_000, waitMs: 10_000 }, 3_000)).toEqual({
      leaseMs: 3_000,
      waitMs: 10_000,
    });
    expect(termsOfNextEpoch({ ...ON_1, leaseMs: 3_000, waitMs: 3_000 }, 10_000)).toEqual({
      leaseMs: 10_000,
      waitMs: 10_000,
    });
  });

  it("remember older leases until the cache is on again", () => {
    const short = { leaseMs: 3_000, waitMs: 10_000 };
    expect(termsOfNextEpoch({ ...WARM_2, ...short }, 3_000)).toEqual(short);
    expect(termsOfNextEpoch({ ...OFF_2, ...short }, 3_000)).toEqual(short);
    expect(termsOfNextEpoch({ ...ON_2, ...short }, 3_000)).toEqual({ leaseMs: 3_000, waitMs: 3_000 });
  });
});

describe("an acknowledgement", () => {
  const hold = { id: "abc", epoch: 2, mode: "on" } as const;

  it("publishes under the epoch that is known now, and says whether the fence is of it", () => {
    expect(strict.beforeAcknowledgement(learnAll([ON_2, 0, 1]), at(10), hold)).toEqual({
      next: "publish",
      publication: { epoch: 2, id: "abc", mayKeep: true, isFenceOfEpoch: true },
    });
    expect(strict.beforeAcknowledgement(learnAll([ON_3, 0, 1]), at(10), hold)).toEqual({
      next: "publish",
      publication: { epoch: 3, id: "abc", mayKeep: true, isFenceOfEpoch: false },
    });
    expect(strict.beforeAcknowledgement(learnAll([ON_2, 0, 1]), at(10), null)).toEqual({
      next: "publish",
      publication: { epoch: 2, id: NO_FENCE_ID, mayKeep: false, isFenceOfEpoch: false },
    });
  });

  it("keeps no copy where the fence was set in warm", () => {
    const decision = strict.beforeAcknowledgement(learnAll([ON_2, 0, 1]), at(10), { ...hold, mode: "warm" });
    expect(decision).toMatchObject({ publication: { id: "abc", mayKeep: false } });
  });

  it("goes without an answer to the publish only outside of the strict setting, and with a fence of the epoch", () => {
    const publication = { epoch: 2, id: "abc", mayKeep: true, isFenceOfEpoch: true };
    const unfenced = { ...publication, id: NO_FENCE_ID, isFenceOfEpoch: false };
    expect(readStore.afterPublish(publication, "unknown")).toEqual({ next: "acknowledge" });
    expect(readStore.afterPublish(unfenced, "unknown")).toEqual({ next: "look" });
    expect(strict.afterPublish(publication, "unknown")).toEqual({ next: "look" });
    expect(readStore.afterPublish(publication, "lost")).toEqual({ next: "look" });
    expect(strict.afterPublish(unfenced, "done")).toEqual({ next: "acknowledge" });
  });
});

describe("a read", () => {
  it("uses the cache only when it is on", () => {
    expect(strict.beforeGet(null)).toEqual({ next: "look" });
    expect(strict.beforeGet(learnAll([ON_2, 0, 1]))).toEqual({ next: "get", epoch: 2 });
    expect(strict.beforeGet(learnAll([WARM_2, 0, 1]))).toEqual({ next: "read-store" });
  });

  it("tells the cache under what it met only in the same epoch", () => {
    const met = { epoch: 2, settlement: { with: "fill", token: "t" } } as const;
    expect(strict.beforeAnswer(learnAll([ON_2, 0, 1]), at(10), met)).toMatchObject({
      epoch: 2,
      settlement: met.settlement,
    });
    expect(strict.beforeAnswer(learnAll([ON_3, 0, 1]), at(10), met)).toMatchObject({
      epoch: 3,
      settlement: { with: "raise", id: null },
    });
  });

  it("fails, or answers all the same, when the cache does not answer, as the setting says", () => {
    expect(strict.afterSettle("unknown")).toEqual({ next: "fail" });
    expect(readStore.afterSettle("unknown")).toEqual({ next: "answer" });
    expect(readStore.afterSettle("lost")).toEqual({ next: "look" });
  });
});
