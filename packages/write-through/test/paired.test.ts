import { describe, expect, it } from "vitest";
import { itemAt, paired } from "../src/index.ts";

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
