/** Times to live in words. */

const DAY_MS = 86_400_000;
/** 365.25 days: the Julian year. */
const YEAR_MS = 31_557_600_000;

/** `count` days in milliseconds. */
export function days(count: number): number {
  return count * DAY_MS;
}

/** `count` years of 365.25 days in milliseconds. */
export function years(count: number): number {
  return count * YEAR_MS;
}
