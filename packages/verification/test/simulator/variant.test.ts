/**
 * The simulator can fail: with a mutant it shows what the missing rule is for.
 * Each seed is the first that does so, or one of the first. After a change of
 * the simulator's draws others are needed (`simulate --mutant NAME` finds
 * them).
 */
import { describe, expect, it } from "vitest";
import { runCampaign } from "../../src/simulator/campaign.ts";
import { simulate } from "../../src/simulator/simulate.ts";
import { findVariant, simulatedMutants, withoutErasures } from "../../src/simulator/variant.ts";

const OPERATIONS = 1_000;
const SEEDS_MAX = 30;

const foundSoon = [
  ["publish what was written", /stale|the cache holds|applied twice/],
  ["a put without an answer counts as stored", /stale|the store holds|the cache holds/],
  ["acknowledge before publish", /stale|the cache holds/],
  ["commands create from absent", /stale|the cache holds/],
  ["no write is covered", /calls the store although the cache holds its version/],
] as const;

const foundAtSeed = [
  ["a clean copy behind the store stays", 31],
  ["any fill fits any lease", 50],
  ["old epochs count", 170],
  ["a holder clears whatever is pending", 8],
  ["a publish leaves the lease", 205],
  ["no instance ids", 38],
  ["only who met a fence raises", 801],
  ["no fence before the store", 48],
  ["fence keeps the first write, not the highest", 1991],
  ["answer before raise", 842],
  ["another's fence does not merge", 259],
  ["a lease that another process thinks longer", 322],
  ["maximum of totals", 6104],
  ["leases by the monotonic clock alone", 2380],
  ["waits by the larger clock", 1162],
  ["ticks added up", 355],
] as const;

/** Mutant, seed, and what it shows. */
const erasureMutants = [
  ["writers do not refuse", 2, /is applied, and it was erased before it was sent/],
  ["readers do not refuse", 7, /which was erased before it began/],
  ["a reader does not look again", 80, /which was erased before it began/],
  ["a reader hides by what it learned after it read", 14, /gave none, which was true at no moment of it/],
  ["sweeps that do not know lifts", 3, /a sweep removed .*, which is not erased/],
] as const;

describe("the simulator with a rule of the erasures taken away", () => {
  it.each(erasureMutants)('finds "%s" in seed %i', async (name, seed, problem) => {
    const { problems } = await simulate({ seed, operations: OPERATIONS, variant: findVariant(name) });
    expect(problems.join("\n")).toMatch(problem);
  });

  it.each(erasureMutants)('finds nothing with "%s" mended in seed %i, in which persons are erased', async (_, seed) => {
    const { problems, erasures } = await simulate({ seed, operations: OPERATIONS });
    expect(problems).toEqual([]);
    expect(erasures).toBeGreaterThan(0);
  });
});

describe("the simulator with a rule of the protocol taken away", () => {
  it.each(foundSoon)(`finds "%s" within ${SEEDS_MAX} seeds`, async (name, problem) => {
    const options = { firstSeed: 1, seeds: SEEDS_MAX, operations: OPERATIONS };
    const { wrongRun } = await runCampaign({ ...options, variant: findVariant(name) });
    expect(wrongRun?.problems.join("\n") ?? "nothing").toMatch(problem);
  });

  it.each(foundAtSeed)('finds a stale read without "%s" in seed %i', async (name, seed) => {
    const { problems } = await simulate({ seed, operations: OPERATIONS, variant: findVariant(name) });
    expect(problems.join("\n")).toMatch(/is stale/);
  });

  it("finds what was lost to a clock when records are judged by the process's own", async () => {
    const variant = findVariant("records judged by the process's own clock");
    const { problems } = await simulate({ seed: 27, operations: OPERATIONS, variant });
    expect(problems.join("\n")).toMatch(/was lost to a clock: expired, \d+ ms before its time/);
  });

  it("shows in seed 431 what is assumed of machines: one whose clocks all stand still reads stale", async () => {
    const variant = findVariant("a suspended machine's wall clock stands still");
    const { problems } = await simulate({ seed: 431, operations: OPERATIONS, variant });
    expect(problems.join("\n")).toMatch(/is stale/);
  });

  it("finds nothing in the same seeds with all rules in place", async () => {
    for (const seed of new Set([27, 431, ...foundAtSeed.map(([, one]) => one)])) {
      const { problems } = await simulate({ seed, operations: OPERATIONS, variant: withoutErasures });
      expect(problems, `seed ${seed}`).toEqual([]);
    }
  });

  it("does not pretend to run mutants that it has no counterpart for", () => {
    const names = simulatedMutants();
    expect(names).not.toContain("eventually consistent reads");
    expect(names).not.toContain("the last record of a batch wins");
    expect(names).not.toContain("commands have no deadline");
  });
});
