/** The silence of one bucket counts as the cluster's after a while. */
import { describe, expect, it } from "vitest";
import { SilentBuckets } from "../../src/valkey/silent-buckets.ts";

const dead = { guardKey: "dead", entryPrefix: "dead:" };
const alive = { guardKey: "alive", entryPrefix: "alive:" };

describe("SilentBuckets", () => {
  it("counts after the time, for as long as the bucket is silent", () => {
    const silent = new SilentBuckets(1_000);
    silent.note(dead, true, 0);
    silent.note(alive, false, 500);
    silent.note(dead, true, 900);
    expect(silent.isAnyLong(999)).toBe(false);
    expect(silent.isAnyLong(1_000)).toBe(true);
    silent.note(dead, false, 1_100);
    expect(silent.isAnyLong(1_100)).toBe(false);
  });

  it("asks a silent bucket again from time to time", () => {
    const silent = new SilentBuckets(1_000);
    silent.note(dead, true, 0);
    expect(silent.takeDue(100)).toEqual([]);
    expect(silent.takeDue(200)).toEqual([dead]);
    expect(silent.takeDue(300)).toEqual([]);
    silent.note(dead, false, 310);
    expect(silent.takeDue(1_000)).toEqual([]);
  });

  it("forgets what was silent long ago", () => {
    const silent = new SilentBuckets(1_000);
    silent.note(dead, true, 0);
    expect(silent.isAnyLong(10_000)).toBe(false);
    silent.note(dead, true, 10_000);
    expect(silent.isAnyLong(10_500)).toBe(false);
    expect(silent.isAnyLong(11_000)).toBe(true);
  });
});
