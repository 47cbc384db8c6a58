import { expect, test } from "vitest";
import { numbersOf, rangesText } from "../../src/engine/number-ranges.ts";

test("a set of numbers is a short text, and comes back from it", () => {
  const texts: readonly (readonly [readonly number[], string])[] = [
    [[], ""],
    [[3], "3"],
    [[2, 0, 1, 5, 7, 6], "0-2,5-7"],
    [[10_000, 1, 3], "1,3,10000"],
  ];
  for (const [numbers, text] of texts) {
    expect(rangesText(numbers)).toBe(text);
    expect([...numbersOf(text)]).toEqual([...numbers].toSorted((left, right) => left - right));
  }
});
