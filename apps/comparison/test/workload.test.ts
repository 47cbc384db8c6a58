import { describe, expect, it } from "vitest";
import { readOf, writeOf } from "../src/workload.ts";

const workload = { seed: 1, keys: 400 };
const writes = (seed: number) => Array.from({ length: 2_000 }, (_, n) => writeOf({ ...workload, seed }, n % 2, n));

describe("the load of the comparison (seed 1)", () => {
  it("gives the nth operation of a process the same record each time, so that a restart repeats it", () => {
    expect(writes(1)).toEqual(writes(1));
    expect(writes(2)).not.toEqual(writes(1));
  });

  it("has late and repeated writes among the newest", () => {
    const newest = new Map<string, string>();
    const counts = { newer: 0, late: 0, again: 0 };
    for (const { key, version } of writes(1)) {
      const known = newest.get(key) ?? "";
      if (version > known) counts.newer += 1;
      else if (version === known) counts.again += 1;
      else counts.late += 1;
      newest.set(key, version > known ? version : known);
    }
    expect(counts.newer).toBeGreaterThan(counts.late);
    expect(counts.late).toBeGreaterThan(100);
  });

  it("reads few keys often", () => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 4_000; n += 1) {
      const key = readOf(workload, 0, n);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const byCount = [...counts.values()].toSorted((a, b) => b - a);
    const hottest = byCount.slice(0, 100).reduce((sum, count) => sum + count, 0);
    expect(hottest).toBeGreaterThan(1_600);
    expect(counts.size).toBeGreaterThan(350);
  });
});
