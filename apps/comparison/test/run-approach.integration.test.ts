/** Short runs on real servers: this core has no wrong read, and the harness can see one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findApproach } from "../src/approaches.ts";
import { type ComparisonServers, startComparisonServers } from "../src/comparison-servers.ts";
import { failoverSchedule } from "../src/failover-schedule.ts";
import { type RunFigures, runApproach } from "../src/run-approach.ts";
import { thisCore } from "../src/this-core.ts";

/** Few keys, so that each is read and written many times. */
const LOAD = { seed: 1, keys: 40 };
/** On a busy machine a short run may get too little done. */
const ATTEMPTS_MAX = 5;
/** Each has one failover. */
const CRASH = { seed: 3, seconds: 8, condition: "failovers" } as const;
const SPLIT = { seed: 5, seconds: 10, condition: "failovers" } as const;

describe("the comparison, on real servers", () => {
  let servers: ComparisonServers;

  beforeAll(async () => {
    servers = await startComparisonServers();
  });
  afterAll(async () => {
    await servers.stop();
  });

  it("sees none of this core, while faults have effects (seed 1)", async () => {
    const figures = await runApproach(thisCore, servers, { ...LOAD, seconds: 6, condition: "faults" });
    expect(figures).toMatchObject({ wrongReads: 0 });
    expect(Math.min(figures.reads, figures.writes, figures.fired)).toBeGreaterThan(0);
  });

  it("sees the wrong reads of a cache-aside (seed 1)", async () => {
    const run = (): Promise<RunFigures> =>
      runApproach(findApproach("cache-aside with TTL"), servers, { ...LOAD, seconds: 3, condition: "calm" });
    expect((await untilWrong(run)).wrongReads).toBeGreaterThan(0);
  });

  it("sees the wrong reads of a set-if-newer after a failover to a replica that missed writes (seed 3)", async () => {
    expect(failoverSchedule(CRASH.seed, CRASH.seconds)).toMatchObject([{ what: { kind: "crash" } }]);
    const run = (): Promise<RunFigures> =>
      runApproach(findApproach("put, then set-if-newer"), servers, { ...LOAD, ...CRASH });
    const figures = await untilWrong(run);
    expect(figures.fired).toBe(1);
    expect(figures.wrongReads).toBeGreaterThan(0);
  });

  it("sees none of this core through a split brain (seed 5)", async () => {
    expect(failoverSchedule(SPLIT.seed, SPLIT.seconds)).toMatchObject([{ what: { kind: "split" } }]);
    const figures = await runApproach(thisCore, servers, { ...LOAD, ...SPLIT });
    expect(figures).toMatchObject({ wrongReads: 0, fired: 1 });
    expect(Math.min(figures.reads, figures.writes)).toBeGreaterThan(0);
  });
});

async function untilWrong(run: () => Promise<RunFigures>): Promise<RunFigures> {
  let figures = await run();
  for (let attempt = 1; attempt < ATTEMPTS_MAX && figures.wrongReads === 0; attempt += 1) figures = await run();
  return figures;
}
