/**
 * The usual form of an ISO 8601 time, `2001-01-31T08:05:09.123456Z`, read from
 * ASCII bytes without a text. `iso-time.ts` reads all other forms.
 */
import { daysInMonth, daysSince1970 } from "./iso-time.ts";

const [ZERO, DOT, HYPHEN, COLON, LARGE_T, LARGE_Z] = [48, 46, 45, 58, 84, 90];
const US_PER_S = 1_000_000;
const [DAY_S, HOUR_S, MINUTE_S] = [86_400, 3_600, 60];
/** `2001-01-31T08:05:09`, and a zone of one letter. */
const WHOLE_BYTES = 19;
const DECIMALS_AT = 20;

/** Microseconds since 1970; NaN for bytes of another form, which may be a time all the same. */
export function isoBytesUs(bytes: Uint8Array, from: number, end: number): number {
  const last = end - 1;
  if (last - from < WHOLE_BYTES || bytes[last] !== LARGE_Z || bytes[from + 10] !== LARGE_T) return Number.NaN;
  if (bytes[from + 4] !== HYPHEN || bytes[from + 7] !== HYPHEN) return Number.NaN;
  if (bytes[from + 13] !== COLON || bytes[from + 16] !== COLON) return Number.NaN;
  const year = twoDigits(bytes, from) * 100 + twoDigits(bytes, from + 2);
  const month = twoDigits(bytes, from + 5);
  const day = twoDigits(bytes, from + 8);
  const hour = twoDigits(bytes, from + 11);
  const minute = twoDigits(bytes, from + 14);
  const second = twoDigits(bytes, from + 17);
  if (!(day >= 1 && day <= daysInMonth(year, month))) return Number.NaN;
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN;
  const seconds = daysSince1970(year, month, day) * DAY_S + hour * HOUR_S + minute * MINUTE_S + second;
  return seconds * US_PER_S + decimalsUs(bytes, from + WHOLE_BYTES, last, from + DECIMALS_AT);
}

/** The decimals as microseconds; those beyond six are cut. NaN where there is a point without decimals, or something else. */
function decimalsUs(bytes: Uint8Array, pointAt: number, end: number, from: number): number {
  if (pointAt === end) return 0;
  if (bytes[pointAt] !== DOT || from === end) return Number.NaN;
  let value = 0;
  let unit = US_PER_S;
  for (let at = from; at < end; at += 1) {
    const digit = (bytes[at] as number) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    unit /= 10;
    if (unit >= 1) value += digit * unit;
  }
  return value;
}

/** NaN where one of the two bytes is no digit. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - ZERO;
  const ones = (bytes[at + 1] as number) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
