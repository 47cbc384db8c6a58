import { describe, expect, it } from "vitest";
import { durationMs, failoverSchedule } from "../src/failover-schedule.ts";
import { READERS, WRITERS } from "../src/workload.ts";

const SECONDS = 60;
/** The length of this core's leases: it does without the cache for about as long. */
const LEASE_MS = 3_000;
const schedule = failoverSchedule(1, SECONDS);

describe("the failovers of the comparison (seed 1)", () => {
  it("are the same for the same seed, and others for another", () => {
    expect(failoverSchedule(1, SECONDS)).toEqual(schedule);
    expect(failoverSchedule(2, SECONDS)).not.toEqual(schedule);
  });

  it("leave time in which the cache is used again, also before the load ends", () => {
    schedule.forEach(({ atMs, what }, index) => {
      const next = schedule[index + 1]?.atMs;
      const endMs = atMs + durationMs(what);
      if (next === undefined) expect(endMs).toBeLessThan(SECONDS * 1_000);
      else expect(endMs + LEASE_MS).toBeLessThan(next);
    });
  });

  it("are of every kind within half a minute", () => {
    const kinds = failoverSchedule(1, SECONDS / 2).map(({ what }) => what.kind);
    expect([...new Set(kinds)].toSorted()).toEqual(["crash", "demotion", "split"]);
  });

  it("leave a writer and a reader at the old primary of a split, and take a writer and a reader over", () => {
    const staying = schedule.flatMap(({ what }) => (what.kind === "split" ? [what.staying] : []));
    expect(staying.length).toBeGreaterThan(0);
    for (const processes of staying) {
      const writers = processes.filter((process) => process < WRITERS).length;
      expect([writers, processes.length - writers]).toEqual([WRITERS - 1, READERS - 1]);
    }
  });
});
