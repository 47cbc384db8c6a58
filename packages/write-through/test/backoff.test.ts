import { describe, expect, it } from "vitest";
import { equalJitterMs, fullJitterMs } from "../src/index.ts";

const BACKOFF = { baseMs: 100, maxMs: 500 };
const DOUBLINGS = [0, 1, 2, 3, 2_000];
const lowest = (): number => 0;
const highest = (): number => 1 - Number.EPSILON;

describe("backoff", () => {
  it("doubles the ceiling up to its maximum, however many attempts there were", () => {
    const waits = DOUBLINGS.map((doublings) => fullJitterMs(BACKOFF, doublings, highest));
    expect(waits.map(Math.round)).toEqual([100, 200, 400, 500, 500]);
  });

  it("begins at no wait with full jitter, and at half of the ceiling with equal jitter", () => {
    expect(DOUBLINGS.map((doublings) => fullJitterMs(BACKOFF, doublings, lowest))).toEqual([0, 0, 0, 0, 0]);
    expect(DOUBLINGS.map((doublings) => equalJitterMs(BACKOFF, doublings, lowest))).toEqual([50, 100, 200, 250, 250]);
  });

  it("ends below the ceiling with either jitter", () => {
    for (const jitterMs of [fullJitterMs, equalJitterMs]) {
      expect(jitterMs(BACKOFF, 0, highest)).toBeLessThan(100);
      expect(Math.round(jitterMs(BACKOFF, 0, highest))).toBe(100);
    }
  });
});
