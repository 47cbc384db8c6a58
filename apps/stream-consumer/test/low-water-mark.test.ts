import { describe, expect, test } from "vitest";
import { LowWaterMark } from "../src/low-water-mark.ts";

describe("the low-water mark", () => {
  test("moves with each piece that is settled in order", () => {
    const mark = new LowWaterMark();
    const first = mark.begin(5n, 10n);
    expect(mark.settle(first)).toBe(10n);
    expect(mark.settle(mark.begin(10n, 12n))).toBe(12n);
    expect(mark.offset).toBe(12n);
  });

  test("stays before the first piece that is not settled", () => {
    const mark = new LowWaterMark();
    const [first, second, third] = [mark.begin(0n, 10n), mark.begin(10n, 20n), mark.begin(20n, 30n)];
    expect(mark.settle(third)).toBeNull();
    expect(mark.settle(second)).toBeNull();
    expect(mark.offset).toBe(0n);
    expect(mark.settle(first)).toBe(30n);
  });

  test("moves over gaps that hold no records", () => {
    const mark = new LowWaterMark();
    const first = mark.begin(0n, 10n);
    const second = mark.begin(14n, 20n);
    expect(mark.settle(second)).toBeNull();
    expect(mark.settle(first)).toBe(20n);
  });

  test("starts again at a redelivery, and pieces from before it count no more", () => {
    const mark = new LowWaterMark();
    mark.settle(mark.begin(0n, 10n));
    const lost = mark.begin(10n, 20n);
    const again = mark.begin(10n, 20n);
    expect(mark.settle(lost)).toBeNull();
    expect(mark.offset).toBe(10n);
    expect(mark.settle(again)).toBe(20n);
  });

  test("goes back where the partition does", () => {
    const mark = new LowWaterMark();
    mark.settle(mark.begin(0n, 100n));
    expect(mark.settle(mark.begin(50n, 60n))).toBe(60n);
  });

  test("refuses a piece that ends before it starts", () => {
    expect(() => new LowWaterMark().begin(5n, 5n)).toThrow(RangeError);
  });
});
