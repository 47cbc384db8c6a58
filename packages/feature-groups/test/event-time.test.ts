import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventTimeUnit } from "../src/index.ts";
import { parseTimeUs, readEventTime } from "../src/event-time.ts";
import { NOW_MS, routes } from "./fixtures.ts";

const TIME_US = 980_928_300_123_456;

describe("parseTimeUs", () => {
  test.each<[EventTimeUnit, unknown, number]>([
    ["iso", "2001-01-31T08:05:00.123456Z", TIME_US],
    ["timestamp", "2001-01-31T09:05:00.123456+01:00", TIME_US],
    ["timestamp", 980_928_300_123_456n, TIME_US],
    ["timestamp", new Date(980_928_300_123), 980_928_300_123_000],
    ["iso", new Date(980_928_300_123), 980_928_300_123_000],
    ["s", 980_928_300, 980_928_300_000_000],
    ["s", 980_928_300.123456, TIME_US],
    // In doubles this is 1000999.9999999999 µs.
    ["s", 1.001, 1_001_000],
    ["s", "980928300.123456789", TIME_US],
    ["s", 980_928_300n, 980_928_300_000_000],
    ["ms", 980_928_300_123, 980_928_300_123_000],
    ["ms", "980928300123.456", TIME_US],
    ["ms", "980928300123.4", 980_928_300_123_400],
    ["us", 980_928_300_123_456, TIME_US],
    ["us", "980928300123456", TIME_US],
    ["us", 980_928_300_123_456n, TIME_US],
    ["s", "-1", -1_000_000],
    ["s", "0", 0],
  ])("unit %s reads %s", (unit, value, timeUs) => {
    expect(parseTimeUs(unit, value)).toBe(timeUs);
  });

  test.each<[EventTimeUnit, unknown]>([
    ["iso", 980_928_300],
    ["iso", 980_928_300n],
    ["timestamp", 980_928_300],
    ["timestamp", "980928300"],
    ["timestamp", new Date(Number.NaN)],
    ["s", "2001-01-31"],
    ["s", "1e9"],
    ["s", ""],
    ["s", " 1"],
    ["s", "0x10"],
    ["s", Number.NaN],
    ["s", Number.POSITIVE_INFINITY],
    ["us", 1.5],
    ["us", "1.5"],
    ["ms", true],
    ["ms", {}],
  ])("unit %s refuses %s", (unit, value) => {
    expect(parseTimeUs(unit, value)).toBeNaN();
  });

  test("every way to write an instant gives the same microsecond", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000_000 }), (timeUs) => {
        const seconds = `${Math.floor(timeUs / 1e6)}.${String(timeUs % 1e6).padStart(6, "0")}`;
        expect(parseTimeUs("us", timeUs)).toBe(timeUs);
        expect(parseTimeUs("us", String(timeUs))).toBe(timeUs);
        expect(parseTimeUs("timestamp", BigInt(timeUs))).toBe(timeUs);
        expect(parseTimeUs("s", seconds)).toBe(timeUs);
        expect(parseTimeUs("s", Number(seconds))).toBe(timeUs);
      }),
    );
  });
});

describe("readEventTime", () => {
  const read = (value: unknown, unit: EventTimeUnit = "timestamp") =>
    readEventTime(routes, { field: "date", unit }, { value, nowMs: NOW_MS });

  test("allows five minutes of skew, to the microsecond", () => {
    const latestUs = BigInt(NOW_MS + 300_000) * 1_000n;
    expect(read(latestUs)).toBe(Number(latestUs));
    expect(read(latestUs + 1n)).toMatchObject({ kind: "dead", reason: "event-time-in-future" });
  });

  test.each([
    [undefined, "missing-event-time"],
    [null, "missing-event-time"],
    ["2001-02-30", "invalid-event-time"],
    [978_307_200, "invalid-event-time"],
    ["2199-01-01T00:00:00Z", "event-time-in-future"],
    ["9999-12-31", "event-time-in-future"],
    [2n ** 63n, "event-time-in-future"],
    [10n ** 400n, "event-time-in-future"],
    ["1969-12-31T23:59:59.999999Z", "event-time-before-1970"],
    [-1n, "event-time-before-1970"],
  ])("%s is dead: %s", (value, reason) => {
    expect(read(value)).toMatchObject({ kind: "dead", reason });
  });

  test("names the field, the value and the remedy", () => {
    expect(read("2001-02-30")).toHaveProperty("detail", expect.stringMatching(/"date" is "2001-02-30"; expected/));
    expect(read(978_307_200)).toHaveProperty("detail", expect.stringMatching(/declare plain numbers with unit/));
    expect(read(980_928_300_123, "s")).toHaveProperty("detail", expect.stringMatching(/unit "s".*check the unit/));
  });
});
