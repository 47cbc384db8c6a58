/**
 * Converts event times from a field's value in its declared unit to whole
 * microseconds since 1970, the first part of a version. Two lanes that write
 * the same instant differently get the same number.
 */
import type { EventTimeUnit } from "./define-group.ts";
import type { FeatureGroup } from "./define-config.ts";
import { dead, type DeadRecord } from "./dead-reasons.ts";
import { formatTimeUs, parseIsoTimeUs } from "./iso-time.ts";
import { shownValue } from "./shown-value.ts";

const US_PER_MS = 1_000;
const UNIT_US: Readonly<Record<"s" | "ms" | "us", number>> = { s: 1_000_000, ms: 1_000, us: 1 };
const DECIMAL_SHAPE = /^(-?)(\d{1,20})(?:\.(\d+))?$/;

const EXPECTED: Readonly<Record<EventTimeUnit, string>> = {
  iso: "an ISO 8601 date and time that exists, such as 2001-01-31T08:05:00Z",
  s: "seconds since 1970 as a number, bigint or decimal text",
  ms: "milliseconds since 1970 as a number, bigint or decimal text",
  us: "whole microseconds since 1970 as a number, bigint or decimal text",
  timestamp:
    "microseconds since 1970 as bigint, a Date, or an ISO 8601 date and time that exists; " +
    'declare plain numbers with unit "s", "ms" or "us"',
};

/**
 * `value` as microseconds since 1970; NaN where it does not have the declared form. Its range is not checked here.
 * Numbers with a fraction (seconds, milliseconds) are rounded to the nearest microsecond, because a double does not say
 * which digits were meant; in text, digits beyond microseconds are cut.
 */
export function parseTimeUs(unit: EventTimeUnit, value: unknown): number {
  if (typeof value === "string") {
    return unit === "iso" || unit === "timestamp" ? parseIsoTimeUs(value) : parseDecimalUs(unit, value);
  }
  if (value instanceof Date) return value.getTime() * US_PER_MS;
  if (unit === "iso") return Number.NaN;
  if (typeof value === "bigint") return Number(value) * (unit === "timestamp" ? 1 : UNIT_US[unit]);
  if (typeof value !== "number" || unit === "timestamp") return Number.NaN;
  if (unit === "us") return Number.isInteger(value) ? value : Number.NaN;
  return Number.isFinite(value) ? Math.round(value * UNIT_US[unit]) : Number.NaN;
}

/** The event time in the given field of a record, within the range that the group allows. */
export function readEventTime(
  group: FeatureGroup,
  rule: { readonly field: string; readonly unit: EventTimeUnit },
  options: { readonly value: unknown; readonly nowMs: number },
): number | DeadRecord {
  const { field, unit } = rule;
  const { value, nowMs } = options;
  if (value === undefined || value === null) {
    return dead("missing-event-time", `"${field}" is ${shownValue(value)}; expected ${EXPECTED[unit]}`);
  }
  const timeUs = parseTimeUs(unit, value);
  if (timeUs !== timeUs) {
    return dead("invalid-event-time", `"${field}" is ${shownValue(value)}; expected ${EXPECTED[unit]}`);
  }
  return checkTimeUs(group, timeUs, { nowMs, label: () => `"${field}" is ${shownValue(value)} (unit "${unit}")` });
}

/** The event time that a lane supplies, within the range that the group allows. */
export function checkSourceTime(group: FeatureGroup, timeUs: number, nowMs: number): number | DeadRecord {
  if (!Number.isInteger(timeUs)) {
    return dead("invalid-event-time", `the source's time is ${timeUs}; expected whole microseconds since 1970`);
  }
  return checkTimeUs(group, timeUs, { nowMs, label: () => `the source's time is ${timeUs} µs` });
}

function checkTimeUs(
  group: FeatureGroup,
  timeUs: number,
  context: { readonly nowMs: number; readonly label: () => string },
): number | DeadRecord {
  if (timeUs < 0) {
    return dead("event-time-before-1970", `${context.label()}, before 1970; check the unit and the source's clock`);
  }
  const latestUs = latestTimeUs(group, context.nowMs);
  if (timeUs > latestUs) {
    return dead(
      "event-time-in-future",
      `${context.label()}, later than ${formatTimeUs(latestUs)}, the present and ${group.maxFutureSkewMs} ms: ` +
        "it would block its key; check the unit and the source's clock",
    );
  }
  return timeUs;
}

/** The latest event time that the group takes. */
export function latestTimeUs({ maxFutureSkewMs }: FeatureGroup, nowMs: number): number {
  return Math.min((nowMs + maxFutureSkewMs) * US_PER_MS, Number.MAX_SAFE_INTEGER);
}

/** The result is exact, because it is computed from digits and not from doubles. */
function parseDecimalUs(unit: "s" | "ms" | "us", text: string): number {
  const match = DECIMAL_SHAPE.exec(text);
  if (match === null) return Number.NaN;
  const [, sign, whole = "", fraction = ""] = match;
  const decimals = unit === "s" ? 6 : unit === "ms" ? 3 : 0;
  if (decimals === 0 && fraction !== "") return Number.NaN;
  const magnitude = Number(whole + fraction.slice(0, decimals).padEnd(decimals, "0"));
  return sign === "-" ? 0 - magnitude : magnitude;
}
