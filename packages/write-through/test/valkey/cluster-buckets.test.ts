/**
 * The buckets, their slots and their keys stay the same for ever, since every
 * process must agree on them.
 */
import { describe, expect, it } from "vitest";
import { bucketIndexOf, clusterBuckets, SLOTS, slotOfTag } from "../../src/valkey/cluster-buckets.ts";

describe("slotOfTag", () => {
  it("computes what servers compute", () => {
    // From the cluster specification: CRC16 of "123456789" is 0x31C3.
    expect(slotOfTag("123456789")).toBe(0x31c3 % SLOTS);
    expect(slotOfTag("foo")).toBe(12_182);
  });
});

describe("clusterBuckets", () => {
  it("lays one bucket into each share of the slots", () => {
    for (const buckets of [1, 7, 64, 256]) {
      const shares = clusterBuckets("t:", buckets).map(({ slot }) => Math.floor((slot * buckets) / SLOTS));
      expect(shares).toEqual(Array.from({ length: buckets }, (_, index) => index));
    }
  });

  it("names the keys of a bucket with its hash tag, the number of buckets in it", () => {
    const [bucket] = clusterBuckets("features:", 64);
    expect(bucket).toEqual({
      guardKey: "features:{b0/64.1}:guard",
      entryPrefix: "features:{b0/64.1}:e:",
      slot: slotOfTag("b0/64.1"),
    });
  });

  it("refuses numbers and prefixes that cannot be", () => {
    for (const buckets of [0, 1.5, 1_025]) expect(() => clusterBuckets("t:", buckets)).toThrow(RangeError);
    expect(() => clusterBuckets("{t}:", 4)).toThrow(/brace/);
  });
});

describe("bucketIndexOf", () => {
  it("gives a key the same bucket for ever", () => {
    expect(["routes#AAL#1", "routes#AAL#2", "", "ü"].map((key) => bucketIndexOf(key, 64))).toEqual([15, 49, 13, 29]);
  });

  it("spreads similar keys evenly", () => {
    const counts = new Array<number>(64).fill(0);
    for (let index = 0; index < 64_000; index += 1) {
      const bucket = bucketIndexOf(`routes#airport-${index}`, 64);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });
});
