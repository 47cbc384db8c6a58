/** Short runs on real servers: this core has no wrong read, and the harness can see one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findApproach } from "../../src/comparison/approaches.ts";
import { type ComparisonServers, startComparisonServers } from "../../src/comparison/comparison-servers.ts";
import { runApproach } from "../../src/comparison/run-approach.ts";
import { thisCore } from "../../src/comparison/this-core.ts";

/** Few keys, so that each is read and written many times. */
const LOAD = { seed: 1, keys: 40 };
const ATTEMPTS_MAX = 5;

describe("the comparison, on real servers (seed 1)", () => {
  let servers: ComparisonServers;

  beforeAll(async () => {
    servers = await startComparisonServers();
  });
  afterAll(async () => {
    await servers.stop();
  });

  it("sees none of this core, while faults have effects", async () => {
    const figures = await runApproach(thisCore, servers, { ...LOAD, seconds: 6, hasFaults: true });
    expect(figures).toMatchObject({ wrongReads: 0 });
    expect(Math.min(figures.reads, figures.writes, figures.fired)).toBeGreaterThan(0);
  });

  it("sees the wrong reads of a cache-aside", async () => {
    const cacheAside = findApproach("cache-aside with TTL");
    let wrongReads = 0;
    // On a machine that is busy with other things a short run may get too little done.
    for (let attempt = 0; attempt < ATTEMPTS_MAX && wrongReads === 0; attempt += 1) {
      const figures = await runApproach(cacheAside, servers, { ...LOAD, seconds: 3, hasFaults: false });
      wrongReads = figures.wrongReads;
    }
    expect(wrongReads).toBeGreaterThan(0);
  });
});
