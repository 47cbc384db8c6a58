import { describe, expect, it } from "vitest";
import { decided, fillGaps, open, type Slot } from "../src/index.ts";

const SLOTS: readonly Slot<string, number>[] = [open(1), decided("two"), open(3), decided("four"), open(5)];

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
