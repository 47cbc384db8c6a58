import { describe, expect, it } from "vitest";
import { chunked, decided, fillGaps, itemAt, open, paired, ResultCollector, type Slot } from "../src/by-position.ts";

const SLOTS: readonly Slot<string, number>[] = [open(1), decided("two"), open(3), decided("four"), open(5)];

describe("paired", () => {
  it("puts items of the same position together", () => {
    expect(paired(["a", "b"], [1, 2])).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
  });

  it("refuses lists of different lengths", () => {
    expect(() => paired(["a", "b"], [1])).toThrow("2 items cannot be paired with 1");
    expect(() => paired([], [1])).toThrow(RangeError);
  });
});

describe("itemAt", () => {
  it("gives the item, also where it is undefined", () => {
    expect(itemAt(["a", "b"], 1)).toBe("b");
    expect(itemAt([undefined], 0)).toBeUndefined();
    expect(itemAt(Uint32Array.of(7), 0)).toBe(7);
  });

  it("refuses a position outside of the list", () => {
    for (const index of [-1, 1, 0.5]) expect(() => itemAt(["a"], index)).toThrow(RangeError);
  });
});

describe("chunked", () => {
  it("splits items in order, the last run being what is left", () => {
    expect(chunked([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(chunked([1, 2], 2)).toEqual([[1, 2]]);
    expect(chunked([], 2)).toEqual([]);
  });
});

describe("fillGaps", () => {
  it("asks for the gaps in one call, and puts each answer into its own gap", async () => {
    const asked: (readonly number[])[] = [];
    const answers = await fillGaps(SLOTS, (requests) => {
      asked.push(requests);
      return Promise.resolve(requests.map((request) => `asked ${request}`));
    });
    expect(answers).toEqual(["asked 1", "two", "asked 3", "four", "asked 5"]);
    expect(asked).toEqual([[1, 3, 5]]);
  });

  it("asks nobody where all is decided", async () => {
    const ask = (): Promise<never> => Promise.reject(new Error("was asked"));
    expect(await fillGaps([decided("one"), decided("two")], ask)).toEqual(["one", "two"]);
    expect(await fillGaps([], ask)).toEqual([]);
  });

  it("keeps an answer that is undefined or null", async () => {
    const slots: readonly Slot<null | undefined, string>[] = [open("a"), decided(undefined), decided(null)];
    expect(await fillGaps(slots, () => Promise.resolve([undefined]))).toEqual([undefined, undefined, null]);
  });

  it("refuses too few answers, and too many, instead of shifting them", async () => {
    const message = (answers: number): string => `3 requests had ${answers} answers: there must be one each`;
    await expect(fillGaps(SLOTS, () => Promise.resolve(["a", "b"]))).rejects.toThrow(message(2));
    await expect(fillGaps(SLOTS, () => Promise.resolve(["a", "b", "c", "d"]))).rejects.toThrow(message(4));
  });
});

describe("ResultCollector", () => {
  it("resolves with all results by position once the last has come, in whatever order they come", async () => {
    const collector = new ResultCollector<string>(3);
    let isResolved = false;
    const all = collector.all.then((results) => {
      isResolved = true;
      return results;
    });
    collector.put(2, "c");
    collector.put(0, "a");
    await Promise.resolve();
    expect(isResolved).toBe(false);
    collector.put(1, "b");
    expect(await all).toEqual(["a", "b", "c"]);
  });

  it("resolves at once where there is nothing to wait for", async () => {
    expect(await new ResultCollector(0).all).toEqual([]);
  });
});
