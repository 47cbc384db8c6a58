/**
 * Each rule of the regimes, taken away, shows what it is for. Mutants of the
 * large worlds take too long here; `explore --mutants` runs them all.
 */
import { regimeRules } from "@trilane/write-through/protocol";
import { describe, expect, it } from "vitest";
import { regimeMutants } from "../../src/regimes/regime-mutants.ts";
import { findRegimeWorld } from "../../src/regimes/regime-worlds.ts";
import { runRegimeMutant } from "../../src/regimes/run-regime-mutant.ts";

const quickMutants = regimeMutants.filter(({ world }) => findRegimeWorld(world).quick);

describe("mutants of the regimes", () => {
  it.each(quickMutants.map((mutant) => [mutant.name, mutant] as const))("%s", (_, mutant) => {
    const { outcome, exploration } = runRegimeMutant(mutant);
    expect(outcome).toBe(mutant.expects);
    if (outcome === "violation") expect(exploration.finding?.story.length).toBeGreaterThan(0);
  });
});

describe("the mutation table of the regimes", () => {
  it.each(regimeMutants.map((mutant) => [mutant.name, mutant] as const))(
    "%s: has a world, and a reason if it survives",
    (_, mutant) => {
      expect(findRegimeWorld(mutant.world).expects).toBe("nothing");
      expect(mutant.reason === undefined).toBe(mutant.expects === "violation");
    },
  );

  it.each(Object.keys(regimeRules))("has a mutant of the rule function %s", (rule) => {
    expect(regimeMutants.some((mutant) => mutant.rule.split(" ")[0] === rule)).toBe(true);
  });
});
