/**
 * The quick worlds, with the exact number of states and transitions. Any change
 * of the protocol or of the model shows here. A changed number is no fault, but
 * must be understood.
 */
import { describe, expect, it } from "vitest";
import { explore } from "../../../src/models/single-epoch/model.ts";
import { productionProtocol } from "../../../src/models/single-epoch/protocol.ts";
import { findWorld, worlds } from "../../../src/models/single-epoch/worlds.ts";

/** World, states, transitions, depth. */
const QUICK_WORLDS: readonly (readonly [string, number, number, number])[] = [
  ["no-faults", 6_004, 18_653, 15],
  ["writers-only", 137, 286, 8],
  ["answered-quick", 185_538, 858_713, 20],
  ["unanswered-quick", 110_677, 575_115, 21],
  ["overwritten-quick", 51_777, 248_901, 17],
  ["overwritten-unanswered-quick", 62_457, 330_180, 17],
  ["late-commands-quick", 110_463, 494_772, 18],
  ["redelivered-write", 290_139, 1_357_846, 26],
  ["same-write-twice", 62_912, 280_623, 17],
  ["if-cached-quick", 197_215, 895_046, 22],
  ["backfill-alone", 215, 600, 9],
  ["batch-two-keys-quick", 19_054, 67_996, 21],
  ["new-epoch-quick", 164_143, 640_615, 23],
  ["new-epoch-late-commands-quick", 117_506, 513_595, 20],
];

/** World, the kind of the finding, and the number of steps after which it is found. */
const RESIDUALS: readonly (readonly [string, string, number])[] = [
  ["residual-lost-fence", "violation", 9],
  ["residual-overwritten-fence", "violation", 9],
  ["residual-late-put-in-new-epoch", "violation", 12],
  ["residual-abandoned-write", "upkeep", 2],
];

describe("worlds inside the claim", () => {
  it.each(QUICK_WORLDS)("%s: nothing is found in %i states", (name, states, transitions, depth) => {
    const result = explore(findWorld(name), productionProtocol);
    expect(result).toMatchObject({ result: "exhausted", finding: null, states, transitions, depth });
  });
});

describe("worlds outside the claim", () => {
  it.each(RESIDUALS)("%s: a %s after %i steps, as documented", (name, kind, steps) => {
    const world = findWorld(name);
    const checksUpkeep = world.expects !== "violation";
    const { finding } = explore(world, productionProtocol, { checksUpkeep });
    expect(finding).toMatchObject({ kind, steps });
    expect(finding?.story).toHaveLength(steps);
  });
});

describe("the list of worlds", () => {
  it("has every quick world in this test", () => {
    const quick = worlds.filter((world) => world.quick).map((world) => world.name);
    expect(quick).toEqual([...QUICK_WORLDS, ...RESIDUALS].map(([name]) => name));
  });

  it("stops where there are more states than allowed", () => {
    const result = explore(findWorld("three-writers"), productionProtocol, { statesMax: 1000 });
    expect(result.result).toBe("bounded");
  });

  it("tells a story in which fences and readers keep their names", () => {
    const { finding } = explore(findWorld("residual-lost-fence"), productionProtocol, { checksUpkeep: false });
    expect(finding?.story.slice(0, 4)).toEqual([
      "writer 1: FENCE(1): fence(#1, up to 1)",
      "the cache loses fence(#1, up to 1)",
      "reader A: GET: absent",
      "reader A: LEASE: granted",
    ]);
  });
});
