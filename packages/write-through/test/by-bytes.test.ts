/** Calls are cut by bytes, and by an estimate where the size is not known. */
import { describe, expect, it } from "vitest";
import { ByteBudget, CALL_BYTES_MAX, cutByBytes, ValueSizes } from "../src/by-bytes.ts";

const itself = (bytes: number): number => bytes;

describe("cutting by bytes", () => {
  it("keeps the order, fills each call as far as it may, and lets one large item go alone", () => {
    const cut = { countMax: 3, bytesMax: 10, bytesOf: itself };
    expect(cutByBytes([1, 2, 3, 4, 6, 11, 5, 5, 1], cut)).toEqual([[1, 2, 3], [4, 6], [11], [5, 5], [1]]);
    expect(cutByBytes([], cut)).toEqual([]);
  });

  it("cuts 25 puts of 380 KB so that each call passes a link of 25 Mbit/s within a second", () => {
    const puts = Array.from({ length: 25 }, () => 380_000);
    const calls = cutByBytes(puts, { countMax: 25, bytesOf: itself });
    const largest = Math.max(...calls.map((call) => call.reduce((sum, bytes) => sum + bytes, 0)));
    expect(largest).toBeLessThanOrEqual(CALL_BYTES_MAX);
    expect(largest / (25_000_000 / 8)).toBeLessThan(1);
  });
});

describe("sizes of values", () => {
  it("ask for less at once as soon as one large value came, and for more again when only small ones come", () => {
    const sizes = new ValueSizes();
    sizes.saw(300_000);
    expect(sizes.countMax(500)).toBe(3);
    for (let call = 0; call < 100; call += 1) sizes.saw(200);
    expect(sizes.countMax(500)).toBe(500);
  });

  it("ask for a quarter as much after each call that was late, and never for nothing", () => {
    const sizes = new ValueSizes();
    sizes.wereLate(64);
    expect(sizes.countMax(500)).toBe(16);
    for (let call = 0; call < 10; call += 1) sizes.wereLate(1);
    expect(sizes.countMax(500)).toBe(1);
  });
});

describe("bytes under way", () => {
  it("are bounded, in order, with small calls passing by and a large one going alone", async () => {
    const budget = new ByteBudget(100_000);
    const started: string[] = [];
    const ends = new Map<string, () => void>();
    const run = (name: string, bytes: number): Promise<void> =>
      budget.run(bytes, () => {
        started.push(name);
        return new Promise((resolve) => ends.set(name, resolve));
      });
    const runs = [run("a", 60_000), run("b", 60_000), run("c", 20_000), run("small", 1_000), run("d", 500_000)];
    expect(started).toEqual(["a", "small"]);
    ends.get("a")?.();
    await runs[0];
    await expect.poll(() => started).toEqual(["a", "small", "b", "c"]);
    for (const name of ["b", "c", "small"]) ends.get(name)?.();
    await expect.poll(() => started).toContain("d");
    ends.get("d")?.();
    await Promise.all(runs);
  });
});
