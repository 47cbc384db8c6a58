/**
 * The quick worlds of regimes, with the exact number of states and transitions:
 * any change of the protocol or of the model shows here. A changed number is no
 * fault, but wants a look.
 */
import { describe, expect, it } from "vitest";
import { exploreRegimes } from "../../src/regimes/explore-regimes.ts";
import { productionRegimes } from "../../src/regimes/regime-protocol.ts";
import { findRegimeWorld, regimeWorlds } from "../../src/regimes/regime-worlds.ts";

/** World, states, transitions, depth. */
const QUICK_WORLDS: readonly (readonly [string, number, number, number])[] = [
  ["regime-two-readers", 221_938, 1_192_854, 33],
  ["regime-two-writers", 224_025, 1_177_119, 34],
  ["regime-two-changes", 165_095, 734_620, 31],
  ["regime-flush", 115_577, 576_037, 28],
  ["regime-failover", 301_467, 1_661_885, 35],
  ["regime-any-fault", 92_713, 615_373, 29],
  ["regime-crash", 44_722, 190_068, 24],
  ["regime-late-commands", 86_564, 388_678, 28],
  ["regime-lost-fence", 133_484, 640_641, 30],
  ["regime-read-store", 11_033, 52_229, 21],
  ["clocks-of-a-writer-stepped", 59_506, 267_878, 19],
  ["clocks-suspended", 128_001, 603_871, 20],
  ["clocks-at-two-rates", 253_803, 1_287_429, 29],
  ["clocks-leases-shortened", 48_834, 215_043, 21],
  ["clocks-leases-prolonged", 49_342, 217_764, 20],
  ["clocks-leases-of-the-record", 51_413, 229_166, 20],
];

/** World, after how many steps a stale read is found. */
const RESIDUALS: readonly (readonly [string, number])[] = [
  ["residual-clocks-stand-still", 12],
  ["residual-put-in-later-epoch", 18],
  ["residual-fence-lost-singly", 13],
];

describe("worlds of regimes inside the claim", () => {
  it.each(QUICK_WORLDS)("%s: nothing is found in %i states", (name, states, transitions, depth) => {
    const result = exploreRegimes(findRegimeWorld(name), productionRegimes);
    expect(result).toMatchObject({ result: "exhausted", finding: null, states, transitions, depth });
  });
});

describe("worlds of regimes outside the claim", () => {
  it.each(RESIDUALS)("%s: a stale read after %i steps, as documented", (name, steps) => {
    const { finding } = exploreRegimes(findRegimeWorld(name), productionRegimes);
    expect(finding).toMatchObject({ kind: "violation", steps });
    expect(finding?.story).toHaveLength(steps);
  });

  it.each(RESIDUALS.filter(([name]) => findRegimeWorld(name).whenCacheUnreachable === "read-store"))(
    "%s: the strict setting has no such residual",
    (name) => {
      const world = { ...findRegimeWorld(name), whenCacheUnreachable: "fail", putsLand: "any-regime" } as const;
      expect(exploreRegimes(world, productionRegimes)).toMatchObject({ result: "exhausted", finding: null });
    },
  );
});

describe("the list of worlds of regimes", () => {
  it("has every quick world in this test", () => {
    const quick = regimeWorlds.filter((world) => world.quick).map((world) => world.name);
    expect(quick).toEqual([...QUICK_WORLDS, ...RESIDUALS].map(([name]) => name));
  });

  it("names a world that does not exist, and those that do", () => {
    expect(() => findRegimeWorld("nowhere")).toThrow(/"nowhere"; there are regime-two-readers/);
  });
});
