/**
 * ISO 8601 text to microseconds and back, exactly.
 *
 * JavaScript's `Date` rolls 30 February over into March and stops at
 * milliseconds, so the text is read here digit by digit. Accepted:
 *
 *     2001-01-31                         midnight UTC
 *     2001-01-31T08:05                   `T`, `t` or a space between date and time
 *     2001-01-31T08:05:09.123456         any number of decimals; those beyond six are cut
 *     ...Z  ...+01:00  ...+0100  ...+01  without a zone the time is UTC
 *
 * Not accepted: week and ordinal dates, second 60, hour 24, years outside 0000 to 9999.
 */

const DAY_S = 86_400;
const DAY_MS = 86_400_000;
const YEAR_0_MS = -62_167_219_200_000;
const YEAR_10000_MS = 253_402_300_800_000;
const US_PER_S = 1_000_000;
const ZERO = 48;
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const TWO_DIGITS: readonly string[] = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, "0"));

/** Microseconds since 1970, negative before; NaN where the text is not an existing time. */
export function parseIsoTimeUs(text: string): number {
  const day = dayNumber(text);
  if (text.length === 10 || day !== day) return day * DAY_S * US_PER_S;
  const separator = text[10];
  if ((separator !== "T" && separator !== " " && separator !== "t") || text[13] !== ":") return Number.NaN;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  if (!(hour <= 23 && minute <= 59)) return Number.NaN;
  const minutes = day * 1_440 + hour * 60 + minute;
  if (text[16] !== ":") return (minutes - zoneOffsetMinutes(text, 16)) * 60 * US_PER_S;
  const second = twoDigits(text, 17);
  if (!(second <= 59)) return Number.NaN;
  const zoneAt = text[19] === "." ? endOfDigits(text, 20) : 19;
  if (zoneAt === 20) return Number.NaN;
  const seconds = (minutes - zoneOffsetMinutes(text, zoneAt)) * 60 + second;
  return seconds * US_PER_S + microseconds(text, zoneAt);
}

/** Text such as `2001-01-31T08:05:09.123456Z`, with as many decimals as needed: none, three or six. */
export function formatTimeUs(timeUs: number): string {
  const remainder = ((timeUs % 1_000) + 1_000) % 1_000;
  return formatMs(Math.floor(timeUs / 1_000), remainder === 0 ? "" : String(remainder).padStart(3, "0"));
}

/** The same of whole milliseconds: no decimals, or three. @throws RangeError for a time that `Date` cannot hold */
export function formatTimeMs(timeMs: number): string {
  return formatMs(timeMs, "");
}

/** Each answer of a read has two times, and `Date` takes several times as long. */
function formatMs(timeMs: number, microseconds: string): string {
  if (!(timeMs >= YEAR_0_MS && timeMs < YEAR_10000_MS)) return formatByDate(timeMs, microseconds);
  const whole = Math.trunc(timeMs);
  const day = Math.floor(whole / DAY_MS);
  const rest = whole - day * DAY_MS;
  const ms = rest % 1_000;
  const second = (rest - ms) / 1_000;
  const minute = Math.floor(second / 60);
  const decimals = ms === 0 && microseconds === "" ? "" : `.${String(ms).padStart(3, "0")}${microseconds}`;
  const time = `${twoDigitText(Math.floor(minute / 60))}:${twoDigitText(minute % 60)}:${twoDigitText(second % 60)}`;
  return `${dayText(day)}T${time}${decimals}Z`;
}

/** Years outside 0000 to 9999, which ISO 8601 writes with a sign. */
function formatByDate(timeMs: number, microseconds: string): string {
  const iso = new Date(timeMs).toISOString();
  return microseconds === "" ? iso.replace(".000Z", "Z") : `${iso.slice(0, -1)}${microseconds}Z`;
}

/** Hinnant's civil_from_days (2013), the reverse of {@link daysSince1970}. */
function dayText(day: number): string {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const dayOfMonth = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const century = Math.floor(year / 100);
  return `${twoDigitText(century)}${twoDigitText(year % 100)}-${twoDigitText(month)}-${twoDigitText(dayOfMonth)}`;
}

function twoDigitText(value: number): string {
  return TWO_DIGITS[value] ?? "";
}

/** Days since 1970 of the first ten characters, or NaN. */
function dayNumber(text: string): number {
  if (text[4] !== "-" || text[7] !== "-") return Number.NaN;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (!(day >= 1 && day <= daysInMonth(year, month))) return Number.NaN;
  return daysSince1970(year, month, day);
}

/** NaN for a month that does not exist. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)) return 29;
  return DAYS_IN_MONTH[month - 1] ?? Number.NaN;
}

/** Hinnant's days_from_civil (2013): years begin in March, so that a leap day is the last of its year. */
export function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Minutes east of UTC of the zone at the end of the text, from `at`; 0 where there is none, NaN for anything else. */
function zoneOffsetMinutes(text: string, at: number): number {
  if (at === text.length) return 0;
  const first = text[at];
  if (first === "Z" || first === "z") return at + 1 === text.length ? 0 : Number.NaN;
  if (first !== "+" && first !== "-") return Number.NaN;
  const hours = twoDigits(text, at + 1);
  const minutesAt = text[at + 3] === ":" ? at + 4 : at + 3;
  const minutes = at + 3 === text.length ? 0 : twoDigits(text, minutesAt);
  if (at + 3 !== text.length && minutesAt + 2 !== text.length) return Number.NaN;
  if (!(hours <= 23 && minutes <= 59)) return Number.NaN;
  return first === "+" ? hours * 60 + minutes : -(hours * 60 + minutes);
}

/** The decimals between position 20 and `end` as microseconds; 0 where there are none. */
function microseconds(text: string, end: number): number {
  let value = 0;
  for (let at = 20; at < 26; at += 1) {
    value = value * 10 + (at < end ? text.charCodeAt(at) - ZERO : 0);
  }
  return value;
}

function endOfDigits(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at))) at += 1;
  return at;
}

/** NaN where one of the two characters is not a digit. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at);
  const ones = text.charCodeAt(at + 1);
  return isDigit(tens) && isDigit(ones) ? (tens - ZERO) * 10 + ones - ZERO : Number.NaN;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= 57;
}
