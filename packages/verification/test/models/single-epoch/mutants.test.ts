/** The mutant without each rule shows what that rule is for. */
import { cacheRules } from "@trilane/write-through/protocol";
import { describe, expect, it } from "vitest";
import { mutants } from "../../../src/models/single-epoch/mutants.ts";
import { runMutant } from "../../../src/models/single-epoch/run-mutant.ts";

const NUMBERED_RULES = 10;
describe("mutants", () => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))("%s", (_, mutant) => {
    const { outcome, exploration } = runMutant(mutant, { isThorough: false });
    expect(outcome).toBe(mutant.expects);
    // A finding of the upkeep may have no step to tell; then its mutant has a reason.
    expect(outcome === "violation" ? exploration.finding?.story : mutant.reason).not.toHaveLength(0);
    expect(mutant.reason === undefined).toBe(outcome === "violation");
  });

  it("finds overlapping writers without any fault, where a fence forgets what is pending", () => {
    const mutant = mutants.find(({ name }) => name === "a holder clears whatever is pending");
    expect(mutant?.world).toBe("no-faults");
  });
});

describe("the mutation table", () => {
  it.each(Object.keys(cacheRules))("has a mutant of the rule function %s", (rule) => {
    expect(mutants.some((mutant) => mutant.rule.includes(rule))).toBe(true);
  });

  it.each(Array.from({ length: NUMBERED_RULES }, (_, index) => index + 1))("has a mutant of rule %i", (rule) => {
    expect(mutants.some((mutant) => mutant.rule.startsWith(`${rule} (`))).toBe(true);
  });
});
