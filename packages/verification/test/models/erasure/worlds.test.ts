/**
 * The quick worlds of erasures, with the exact number of states and
 * transitions. A changed number is no fault, but must be understood.
 */
import { describe, expect, it } from "vitest";
import { explore } from "../../../src/models/erasure/model.ts";
import { productionProtocol } from "../../../src/models/erasure/protocol.ts";
import { findWorld, worlds } from "../../../src/models/erasure/worlds.ts";

/** World, states, transitions, depth. */
const QUICK_WORLDS: readonly (readonly [string, number, number, number])[] = [
  ["erasure-replay", 35_932, 138_549, 25],
  ["erasure-another-person", 132_395, 592_253, 24],
  ["erasure-reduction", 106_400, 411_783, 29],
  ["erasure-sweeps", 10_956, 36_439, 27],
  ["erasure-swept-and-read", 113_030, 469_741, 31],
  ["erasure-lift", 148_652, 629_244, 35],
];

/** World, and the number of steps after which it is found. */
const RESIDUALS: readonly (readonly [string, number])[] = [["residual-erasure-takes-another-persons-record", 12]];

describe("worlds of erasures inside the claim", () => {
  it.each(QUICK_WORLDS)("%s: nothing is found in %i states", (name, states, transitions, depth) => {
    const result = explore(findWorld(name), productionProtocol);
    expect(result).toMatchObject({ result: "exhausted", finding: null, states, transitions, depth });
  });
});

describe("worlds of erasures outside the claim", () => {
  it.each(RESIDUALS)("%s: found after %i steps, as documented", (name, steps) => {
    const { finding } = explore(findWorld(name), productionProtocol);
    expect(finding).toMatchObject({ kind: "violation", steps });
    expect(finding?.story).toHaveLength(steps);
  });
});

describe("the list of worlds of erasures", () => {
  it("has every quick world in this test", () => {
    const quick = worlds.filter((world) => world.quick).map((world) => world.name);
    expect(quick).toEqual([...QUICK_WORLDS, ...RESIDUALS].map(([name]) => name));
  });

  it("refuses a world that does not fit into its words", () => {
    const world = { ...findWorld("erasure-replay"), persons: ["S", "S", "S", "S"] } as const;
    expect(() => explore(world, productionProtocol)).toThrow(/at most 3 records/);
  });
});
