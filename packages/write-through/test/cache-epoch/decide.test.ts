/**
 * Decisions of the cache epoch are taken again after each look and wait, are
 * acted on at once, and end after a maximum.
 */
import { describe, expect, it } from "vitest";
import { decide, decideEach } from "../../src/cache-epoch/decide.ts";
import { type CacheEpochAccess, type CacheEpochMode, nothingErased } from "../../src/index.ts";
import { type CacheEpochKnowledge, createCacheEpochPlan, leaseMoment, waitMoment } from "../../src/protocol/index.ts";

const LOOK = { next: "look" } as const;
const plan = createCacheEpochPlan({ whenCacheUnreachable: "read-store" });

function knowledgeOf(epoch: number, mode: CacheEpochMode = "on"): CacheEpochKnowledge {
  const terms = { leaseMs: 1_000, waitMs: 1_000 };
  return { cacheEpoch: { epoch, mode }, terms, sentAt: leaseMoment(0), learnedAt: waitMoment(0), waitsFrom: null };
}

/** Knows epoch n after n looks, and notes each question. */
class CountingEpochs implements CacheEpochAccess {
  readonly plan = plan;
  readonly erasures = nothingErased;
  readonly asked: string[] = [];
  known: CacheEpochKnowledge | null;

  constructor(epoch: number | null) {
    this.known = epoch === null ? null : knowledgeOf(epoch);
  }

  get epoch(): number {
    return this.known?.cacheEpoch.epoch ?? 0;
  }

  now() {
    return { lease: leaseMoment(0), wait: waitMoment(0) };
  }

  timeOfDay() {
    return { kind: "confirmed", nowMs: 0 } as const;
  }

  look(): Promise<void> {
    this.asked.push("look");
    this.known = knowledgeOf(this.epoch + 1);
    return Promise.resolve();
  }

  wait(ms: number): Promise<void> {
    this.asked.push(`wait ${ms}`);
    return Promise.resolve();
  }

  cacheAnswered(): void {
    this.asked.push("answered");
  }

  cacheFailed(): Promise<void> {
    this.asked.push("failed");
    return Promise.resolve();
  }
}

describe("decide", () => {
  it("looks before the first record is known, then as often as the decision asks for it", async () => {
    const epochs = new CountingEpochs(null);
    const decision = await decide(epochs, ({ cacheEpoch }) =>
      cacheEpoch.epoch < 3 ? LOOK : { next: "get", epoch: cacheEpoch.epoch },
    );
    expect(decision).toEqual({ next: "get", epoch: 3 });
    expect(epochs.asked).toEqual(["look", "look", "look"]);
  });

  it("waits as long as it is told, and takes the decision again", async () => {
    const epochs = new CountingEpochs(1);
    let left = 2;
    const decision = await decide(epochs, () => {
      left -= 1;
      return left > 0 ? ({ next: "wait", ms: 70 } as const) : ({ next: "store" } as const);
    });
    expect(decision).toEqual({ next: "store" });
    expect(epochs.asked).toEqual(["wait 70"]);
  });

  it("gives up where looks never bring a decision", async () => {
    const epochs = new CountingEpochs(1);
    await expect(decide(epochs, (): { readonly next: "look" } => LOOK)).rejects.toMatchObject({
      code: "CACHE_EPOCH_UNSETTLED",
      retryable: true,
    });
    expect(epochs.asked).toHaveLength(20);
  });
});

describe("decideEach", () => {
  it("takes one decision for each item, and does all at once", async () => {
    const epochs = new CountingEpochs(1);
    const taken: string[] = [];
    const open = await decideEach(epochs, ["a", "b"], {
      take: ({ cacheEpoch }, _, item) => {
        taken.push(item);
        return { next: "publish", epoch: cacheEpoch.epoch };
      },
      act: (decided) => {
        expect(decided.map(({ item, decision }) => [item, decision.epoch])).toEqual([
          ["a", 1],
          ["b", 1],
        ]);
        return Promise.resolve([]);
      },
    });
    expect(open).toEqual([]);
    expect(taken).toEqual(["a", "b"]);
    expect(epochs.asked).toEqual([]);
  });

  it("begins what was decided before anything else can happen", async () => {
    const epochs = new CountingEpochs(1);
    let isTaken = false;
    const deciding = decideEach(epochs, ["a"], {
      take: () => {
        isTaken = true;
        // Runs as soon as anything is awaited.
        queueMicrotask(() => (isTaken = false));
        return { next: "publish" };
      },
      act: () => {
        expect(isTaken).toBe(true);
        return Promise.resolve([]);
      },
    });
    expect(await deciding).toEqual([]);
  });

  it("looks before it decides again for those that were not done, and not for the others", async () => {
    const epochs = new CountingEpochs(1);
    const acts: (readonly string[])[] = [];
    const open = await decideEach(epochs, ["a", "b", "c"], {
      take: ({ cacheEpoch }) => ({ next: "publish", epoch: cacheEpoch.epoch }),
      act: (decided) => {
        acts.push(decided.map(({ item, decision }) => `${item}${decision.epoch}`));
        return Promise.resolve(decided.map(({ item }) => item).slice(1));
      },
    });
    expect(open).toEqual([]);
    expect(acts).toEqual([["a1", "b1", "c1"], ["b2", "c2"], ["c3"]]);
    expect(epochs.asked).toEqual(["look", "look"]);
  });

  it("does what is decided although another item needs a look first", async () => {
    const epochs = new CountingEpochs(1);
    const acts: (readonly string[])[] = [];
    await decideEach(epochs, ["late", "soon"], {
      take: ({ cacheEpoch }, _, item) => (item === "late" && cacheEpoch.epoch === 1 ? LOOK : { next: "publish" }),
      act: (decided) => {
        acts.push(decided.map(({ item }) => item));
        return Promise.resolve([]);
      },
    });
    expect(acts).toEqual([["soon"], ["late"]]);
    expect(epochs.asked).toEqual(["look"]);
  });

  it("leaves what is open after four rounds to its caller", async () => {
    const epochs = new CountingEpochs(1);
    let rounds = 0;
    const open = await decideEach(epochs, ["a", "b"], {
      take: () => ({ next: "publish" }),
      act: () => {
        rounds += 1;
        return Promise.resolve(["b"]);
      },
    });
    expect(open).toEqual(["b"]);
    expect(rounds).toBe(4);
    expect(epochs.asked).toEqual(["look", "look", "look"]);
  });
});
