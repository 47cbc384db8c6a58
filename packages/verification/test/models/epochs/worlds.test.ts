/**
 * The quick worlds of cache epochs, with the exact number of states and
 * transitions. Any change of the protocol or of the model shows here. A changed
 * number is no fault, but must be understood.
 */
import { describe, expect, it } from "vitest";
import { explore } from "../../../src/models/epochs/model.ts";
import { productionProtocol } from "../../../src/models/epochs/protocol.ts";
import { findWorld, worlds } from "../../../src/models/epochs/worlds.ts";

/** World, states, transitions, depth. */
const QUICK_WORLDS: readonly (readonly [string, number, number, number])[] = [
  ["epochs-two-readers", 221_938, 1_192_854, 33],
  ["epochs-two-writers", 224_025, 1_177_119, 34],
  ["epochs-two-changes", 165_095, 734_620, 31],
  ["epochs-flush", 115_577, 576_037, 28],
  ["epochs-failover", 301_467, 1_661_885, 35],
  ["epochs-any-fault", 92_713, 615_373, 29],
  ["epochs-crash", 44_722, 190_068, 24],
  ["epochs-late-commands", 86_564, 388_678, 28],
  ["epochs-lost-fence", 133_484, 640_641, 30],
  ["epochs-read-store", 11_033, 52_229, 21],
  ["clocks-of-a-writer-stepped", 59_506, 267_878, 19],
  ["clocks-suspended", 128_001, 603_871, 20],
  ["clocks-at-two-rates", 253_803, 1_287_429, 29],
  ["clocks-leases-shortened", 48_834, 215_043, 21],
  ["clocks-leases-prolonged", 49_342, 217_764, 20],
  ["clocks-leases-of-the-record", 51_413, 229_166, 20],
];

/** World, and the number of steps after which a stale read is found. */
const RESIDUALS: readonly (readonly [string, number])[] = [
  ["residual-clocks-stand-still", 12],
  ["residual-put-in-later-epoch", 18],
  ["residual-fence-lost-singly", 13],
];

describe("worlds of cache epochs inside the claim", () => {
  it.each(QUICK_WORLDS)("%s: nothing is found in %i states", (name, states, transitions, depth) => {
    const result = explore(findWorld(name), productionProtocol);
    expect(result).toMatchObject({ result: "exhausted", finding: null, states, transitions, depth });
  });
});

describe("worlds of cache epochs outside the claim", () => {
  it.each(RESIDUALS)("%s: a stale read after %i steps, as documented", (name, steps) => {
    const { finding } = explore(findWorld(name), productionProtocol);
    expect(finding).toMatchObject({ kind: "violation", steps });
    expect(finding?.story).toHaveLength(steps);
  });

  it.each(RESIDUALS.filter(([name]) => findWorld(name).whenCacheUnreachable === "read-store"))(
    "%s: the strict setting has no such residual",
    (name) => {
      const world = { ...findWorld(name), whenCacheUnreachable: "fail", putsLand: "any-epoch" } as const;
      expect(explore(world, productionProtocol)).toMatchObject({ result: "exhausted", finding: null });
    },
  );
});

describe("the list of worlds of cache epochs", () => {
  it("has every quick world in this test", () => {
    const quick = worlds.filter((world) => world.quick).map((world) => world.name);
    expect(quick).toEqual([...QUICK_WORLDS, ...RESIDUALS].map(([name]) => name));
  });

  it("names a world that does not exist, and those that do", () => {
    expect(() => findWorld("nowhere")).toThrow(/"nowhere"; there are epochs-two-readers/);
  });
});
