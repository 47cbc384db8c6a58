import { seededRandom } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { Deck } from "../../src/faults/deck.ts";

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
