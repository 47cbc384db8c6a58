import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatTimeMs, formatTimeUs, parseIsoTimeUs } from "../src/index.ts";

const MIDNIGHT_US = Date.UTC(2001, 0, 31) * 1_000;
const MORNING_US = Date.UTC(2001, 0, 31, 8, 5) * 1_000;

describe("parseIsoTimeUs", () => {
  test.each([
    ["2001-01-31", MIDNIGHT_US],
    ["2001-01-31T08:05Z", MORNING_US],
    ["2001-01-31T08:05", MORNING_US],
    ["2001-01-31t08:05:00z", MORNING_US],
    ["2001-01-31 08:05:00", MORNING_US],
    ["2001-01-31T08:05:00.1Z", MORNING_US + 100_000],
    ["2001-01-31T08:05:00.123456Z", MORNING_US + 123_456],
    ["2001-01-31T08:05:00.123456999Z", MORNING_US + 123_456],
    ["2001-01-31T08:05:00.000001", MORNING_US + 1],
    ["2001-01-31T09:05:00+01:00", MORNING_US],
    ["2001-01-31T09:05:00+0100", MORNING_US],
    ["2001-01-31T09:05+01", MORNING_US],
    ["2001-01-31T02:35:00.5-05:30", MORNING_US + 500_000],
    ["2000-02-29", Date.UTC(2000, 1, 29) * 1_000],
    ["1970-01-01T00:00:00Z", 0],
    ["1969-12-31T23:59:59.999999Z", -1],
    ["0000-03-01", Date.parse("0000-03-01T00:00:00Z") * 1_000],
  ])("reads %s", (text, timeUs) => {
    expect(parseIsoTimeUs(text)).toBe(timeUs);
  });

  test.each([
    "2001-02-30",
    "2001-02-29T00:00:00Z",
    "1900-02-29",
    "2001-13-01",
    "2001-00-10",
    "2001-01-00",
    "2001-04-31T10:00:00Z",
    "2001-01-31T24:00:00Z",
    "2001-01-31T23:60:00Z",
    "2001-01-31T23:59:60Z",
    "2001-01-31T08:05:00.Z",
    "2001-01-31T08:05:00.12x",
    "2001-01-31T08:05:00,5Z",
    "2001-01-31T08:05:00Zulu",
    "2001-01-31T08:05:00+1:00",
    "2001-01-31T08:05:00+24:00",
    "2001-01-31T08:05:00+01:60",
    "2001-01-31T08:05:00+01:0",
    "2001-01-31T08:05:00+",
    "2001-01-31T08:05:0",
    "2001-01-31T08",
    "2001-01-31T",
    "2001-01-31Z",
    "2001-1-31",
    "20010131",
    "2001-W05-3",
    "+002001-01-31T00:00:00Z",
    " 2001-01-31",
    "2001-01-31 ",
    "٢٠٠١-01-31",
    "yesterday",
    "",
  ])("refuses %j", (text) => {
    expect(parseIsoTimeUs(text)).toBeNaN();
  });

  test("agrees with Date wherever Date is exact", () => {
    const instants = fc.date({ min: new Date("0000-03-01"), max: new Date("9999-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(instants, (date) => {
        expect(parseIsoTimeUs(date.toISOString())).toBe(date.getTime() * 1_000);
      }),
    );
  });

  test("accepts no date that Date would roll over", () => {
    const numbers = fc.tuple(
      fc.integer({ min: 1900, max: 2100 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
    );
    fc.assert(
      fc.property(numbers, ([year, month, day]) => {
        const text = `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
        const date = new Date(Date.UTC(year, month - 1, day));
        const isReal = date.toISOString().startsWith(text);
        expect(Number.isNaN(parseIsoTimeUs(text))).toBe(!isReal);
      }),
    );
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => typeof parseIsoTimeUs(text) === "number"));
  });
});

describe("formatTimeUs", () => {
  test.each([
    [0, "1970-01-01T00:00:00Z"],
    [-1, "1969-12-31T23:59:59.999999Z"],
    [MORNING_US + 120_000, "2001-01-31T08:05:00.120Z"],
    [MORNING_US + 1, "2001-01-31T08:05:00.000001Z"],
  ])("shows %d as %s", (timeUs, text) => {
    expect(formatTimeUs(timeUs)).toBe(text);
  });

  test("is read back exactly", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (timeUs) => {
        expect(parseIsoTimeUs(formatTimeUs(timeUs))).toBe(timeUs);
      }),
    );
  });
});

describe("formatTimeMs", () => {
  test.each([
    -62_167_219_200_001, -62_167_219_200_000, -1, 0, 951_782_400_000, 253_402_300_799_999, 253_402_300_800_000,
    8_640_000_000_000_000,
  ])("agrees with Date at the edge %d", (timeMs) => {
    expect(formatTimeMs(timeMs)).toBe(byDate(timeMs));
  });

  test("agrees with Date everywhere", () => {
    fc.assert(
      fc.property(fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 }), (timeMs) => {
        expect(formatTimeMs(timeMs)).toBe(byDate(timeMs));
        // Most of that range is beyond the four-digit years.
        expect(formatTimeMs(timeMs % 253_402_300_800_000)).toBe(byDate(timeMs % 253_402_300_800_000));
      }),
      { numRuns: 2_000 },
    );
  });

  test("throws where Date does", () => {
    expect(() => formatTimeMs(Number.NaN)).toThrow(RangeError);
    expect(() => formatTimeMs(8_640_000_000_000_001)).toThrow(RangeError);
  });

  function byDate(timeMs: number): string {
    return new Date(timeMs).toISOString().replace(".000Z", "Z");
  }
});
