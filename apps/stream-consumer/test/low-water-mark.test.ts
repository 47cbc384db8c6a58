import { describe, expect, test } from "vitest";
import { LowWaterMark } from "../src/low-water-mark.ts";

describe("the low-water mark", () => {
  test("moves with each piece that is settled in order", () => {
    const mark = new LowWaterMark();
    const first = mark.begin(5n, 10n);
    expect(mark.settle(first)).toBe(10n);
    expect(mark.settle(mark.begin(10n, 12n))).toBe(12n);
  });

  test("stays before the first piece that is not settled", () => {
    const mark = new LowWaterMark();
    const [first, second, third] = [mark.begin(0n, 10n), mark.begin(10n, 20n), mark.begin(20n, 30n)];
    expect(mark.settle(third)).toBeNull();
    expect(mark.settle(second)).toBeNull();
    expect(mark.settle(first)).toBe(30n);
  });

  test("moves over gaps that hold no records", () => {
    const mark = new LowWaterMark();
    const first = mark.begin(0n, 10n);
    const second = mark.begin(14n, 20n);
    expect(mark.settle(second)).toBeNull();
    expect(mark.settle(first)).toBe(20n);
  });

  test("gives nothing for a piece that is not its own", () => {
    const mark = new LowWaterMark();
    const own = mark.begin(0n, 10n);
    expect(mark.settle(new LowWaterMark().begin(0n, 10n))).toBeNull();
    expect(mark.settle(own)).toBe(10n);
    expect(mark.settle(own)).toBeNull();
  });

  test("refuses a piece that ends before it starts, or starts before the last one ended", () => {
    const mark = new LowWaterMark();
    expect(() => mark.begin(5n, 5n)).toThrow(RangeError);
    mark.begin(5n, 10n);
    expect(() => mark.begin(9n, 12n)).toThrow(RangeError);
  });
});
