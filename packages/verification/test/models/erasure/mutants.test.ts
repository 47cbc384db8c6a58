/** The mutant without each rule of the erasures shows what that rule is for. */
import { describe, expect, it } from "vitest";
import { erasureRules } from "@trilane/write-through/protocol";
import { mutants } from "../../../src/models/erasure/mutants.ts";
import { runMutant } from "../../../src/models/erasure/run-mutant.ts";
import { findWorld } from "../../../src/models/erasure/worlds.ts";

/** Mutant, and the steps after which it is found; null where reads stay right and nothing is left. */
const FOUND: readonly (readonly [string, number | null])[] = [
  ["writers do not refuse", null],
  ["no sweeps", 6],
  ["readers do not refuse", 10],
  ["(c) alone", null],
  ["(a) alone", 10],
  ["(b) alone", 10],
  ["(a) and (b), counted from the rest of the sweeps on", 15],
  ["(a) and (b), without late puts and writers that were paused", null],
  ["no announcement", 8],
  ["a put renews the lease", 10],
  ["a reader does not look again", 10],
  ["a reader hides by what it learned after it read", 16],
  ["reduction before refusal", 4],
  ["losers are settled with a winner that is refused later", 4],
  ["readers with another digest key", 10],
  ["one sweep only", 7],
  ["sweeps that do not know lifts", 15],
];

describe("mutants of the erasures", () => {
  it.each(FOUND)("%s", (name, steps) => {
    const mutant = mutants.find((candidate) => candidate.name === name);
    if (mutant === undefined) throw new RangeError(`no mutant is called "${name}"`);
    const { outcome, exploration } = runMutant(mutant);
    expect(outcome).toBe(mutant.expects);
    expect(exploration.finding?.steps ?? null).toBe(steps);
  });
});

describe("the mutation table of the erasures", () => {
  it("has every mutant in this test", () => {
    expect(mutants.map(({ name }) => name)).toEqual(FOUND.map(([name]) => name));
  });

  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
    "%s: has a world, and a reason if reads stay right",
    (_, mutant) => {
      expect(findWorld(mutant.world).expects).toBe("nothing");
      expect(mutant.reason === undefined).toBe(mutant.expects === "violation");
    },
  );

  it.each(Object.keys(erasureRules))("has a mutant of %s", (rule) => {
    expect(mutants.some((mutant) => mutant.rule.startsWith(rule))).toBe(true);
  });
});
