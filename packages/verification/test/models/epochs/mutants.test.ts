/**
 * The mutant without each rule of the cache epochs shows what that rule is for.
 * Mutants of the large worlds take too long here; `explore --mutants` runs them
 * all.
 */
import { cacheEpochRules } from "@trilane/write-through/protocol";
import { describe, expect, it } from "vitest";
import { mutants } from "../../../src/models/epochs/mutants.ts";
import { findWorld } from "../../../src/models/epochs/worlds.ts";
import { runMutant } from "../../../src/models/epochs/run-mutant.ts";

const quickMutants = mutants.filter(({ world }) => findWorld(world).quick);

describe("mutants of the cache epochs", () => {
  it.each(quickMutants.map((mutant) => [mutant.name, mutant] as const))("%s", (_, mutant) => {
    const { outcome, exploration } = runMutant(mutant);
    expect(outcome).toBe(mutant.expects);
    expect(exploration.finding?.story).not.toHaveLength(0);
  });
});

describe("the mutation table of the cache epochs", () => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
    "%s: has a world, and a reason if it survives",
    (_, mutant) => {
      expect(findWorld(mutant.world).expects).toBe("nothing");
      expect(mutant.reason === undefined).toBe(mutant.expects === "violation");
    },
  );

  it.each([
    ...Object.keys(cacheEpochRules),
    "beforeStore",
    "beforeAcknowledgement (look)",
    "beforeAcknowledgement (lease)",
    "beforeAcknowledgement (wait)",
    "beforeHit (lease)",
    "beforeAnswer (lease)",
    "beforeTurnOn",
  ])("has a mutant of %s", (rule) => {
    expect(mutants.some((mutant) => mutant.rule === rule || mutant.rule.startsWith(`${rule} (`))).toBe(true);
  });
});
