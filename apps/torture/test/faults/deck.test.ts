import { seededRandom } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { Deck } from "../../src/faults/deck.ts";
import { FaultLog } from "../../src/faults/fault-log.ts";

it("counts faults with and without an effect, and names those that never came", () => {
  const lines: string[] = [];
  const log = new FaultLog((line) => lines.push(line));
  log.expect(["cut", "delay"]);
  log.record("cut", "reader and cache", 3);
  log.record("cut", "reader and cache", 0);
  expect(Object.fromEntries(log.counts)).toEqual({
    cut: { caused: 2, effects: 3 },
    delay: { caused: 0, effects: 0 },
  });
  expect(lines).toHaveLength(2);
});

describe("a deck", () => {
  it("gives every card once before any comes again, in an order that follows from the seed", () => {
    const cards = ["a", "b", "c", "d"];
    const drawn = (seed: number): readonly string[] => {
      const deck = new Deck(cards, seededRandom(seed));
      return Array.from({ length: 8 }, () => deck.draw());
    };
    expect(new Set(drawn(3).slice(0, 4)).size).toBe(4);
    expect(new Set(drawn(3).slice(4)).size).toBe(4);
    expect(drawn(3)).toEqual(drawn(3));
  });
});
