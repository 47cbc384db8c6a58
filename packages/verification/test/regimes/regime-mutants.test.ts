/** Each rule of the regimes, taken away, shows what it is for. */
import { regimeRules } from "@trilane/write-through/protocol";
import { describe, expect, it } from "vitest";
import { regimeMutants } from "../../src/regimes/regime-mutants.ts";
import { runRegimeMutant } from "../../src/regimes/run-regime-mutant.ts";

describe("mutants of the regimes", () => {
  it.each(regimeMutants.map((mutant) => [mutant.name, mutant] as const))("%s", (_, mutant) => {
    const { outcome, exploration } = runRegimeMutant(mutant);
    expect(outcome).toBe(mutant.expects);
    if (outcome === "survives") expect(mutant.reason).toBeDefined();
    else expect(exploration.finding?.story.length).toBeGreaterThan(0);
  });
});

describe("the mutation table of the regimes", () => {
  it.each(Object.keys(regimeRules))("has a mutant of the rule function %s", (rule) => {
    expect(regimeMutants.some((mutant) => mutant.rule.split(" ")[0] === rule)).toBe(true);
  });
});
