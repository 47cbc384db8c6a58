import { describe, expect, it } from "vitest";
import { StateTable } from "../../src/engine/state-table.ts";

const STATES = 100_000;

describe("StateTable", () => {
  it("keeps each state once, in order, with the parent that found it first", () => {
    const table = new StateTable(2);
    let added = 0;
    for (let number = 0; number < STATES; number++) {
      if (table.add(Uint32Array.of(number, number * 7), Math.max(0, number - 1))) added++;
    }
    expect(added).toBe(STATES);
    expect(table.add(Uint32Array.of(5, 35), 99)).toBe(false);
    expect(table.size).toBe(STATES);
    expect(table.parentOf(5)).toBe(4);
    const words = new Uint32Array(2);
    table.read(STATES - 1, words);
    expect([...words]).toEqual([STATES - 1, (STATES - 1) * 7]);
  });
});
