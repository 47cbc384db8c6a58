/**
 * JSON with numbers that stay what they are written as, the same for every lane: one record has one value, and
 * so one version, whether it comes from NDJSON, a message, a job or a Parquet decimal.
 *
 * A double is taken where it tells every digit that was written. Integers beyond 2^53 become bigint, and
 * fractions beyond a double decimal text.
 */
import { hasEscapedName, readEscapedNames } from "./escaped-names.ts";

const INTEGER = /^-?\d+$/;
/**
 * A number that a double may not tell: one of many digits, or one whose power of ten is beyond a double's
 * range. Texts without one need no second look.
 */
const UNSURE_NUMBER = /\d{16}|[\d.]{17}|\d[eE][+-]?\d{3}/;
const DIGITS_MAX = 100;

/** @throws SyntaxError */
export function parseExactJson(text: string): unknown {
  const isUnsure = mayHaveUnsureNumber(text) && UNSURE_NUMBER.test(text);
  const value: unknown = isUnsure ? JSON.parse(text, exactMember) : JSON.parse(text);
  return hasEscapedName(text) ? readEscapedNames(text, exactNumber) : value;
}

/**
 * True where `JSON.parse` alone gives the exact values of every JSON text that is a line of this one. It looks through
 * many lines at once, which costs less than a look at each.
 */
export function isPlainJson(lines: string): boolean {
  return !lines.includes("\\") && !mayHaveUnsureNumber(lines);
}

const UNSURE_DIGITS_MIN = 16;
const [ZERO, NINE, DOT, SMALL_E, LARGE_E] = [48, 57, 46, 101, 69];

/** A quick look, which is sure where it finds nothing; most texts are read by it alone. */
function mayHaveUnsureNumber(text: string): boolean {
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if ((unit >= ZERO && unit <= NINE) || unit === DOT) {
      digits += 1;
      if (digits >= UNSURE_DIGITS_MIN) return true;
    } else if (digits > 0) {
      if (unit === SMALL_E || unit === LARGE_E) return true;
      digits = 0;
    }
  }
  return false;
}

const [BACKSLASH, ASCII_MAX] = [92, 0x7f];

/**
 * True where `JSON.parse` alone gives the exact value of these bytes as ASCII, so that they need neither the decoder of
 * UTF-8 nor another look at their text.
 */
export function isPlainJsonBytes(bytes: Uint8Array, from: number, to: number): boolean {
  let digits = 0;
  for (let at = from; at < to; at += 1) {
    const unit = bytes[at] as number;
    if (unit > ASCII_MAX || unit === BACKSLASH) return false;
    if ((unit >= ZERO && unit <= NINE) || unit === DOT) {
      digits += 1;
      if (digits >= UNSURE_DIGITS_MIN) return false;
    } else if (digits > 0) {
      if (unit === SMALL_E || unit === LARGE_E) return false;
      digits = 0;
    }
  }
  return true;
}

function exactMember(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  // The source decides and not the value, because the double of a fraction may be whole.
  return typeof value === "number" && context?.source !== undefined ? exactNumber(context.source) : value;
}

/** A number in JSON's notation: an integer beyond 2^53 as bigint, a fraction beyond a double as text. */
export function exactNumber(text: string): number | bigint | string {
  const number = Number(text);
  if (INTEGER.test(text)) return Number.isSafeInteger(number) ? number : BigInt(text);
  if (!Number.isFinite(number)) return text;
  const written = decimalOf(text);
  const digits = written.digits.length;
  if (digits === 0) return number;
  const told = digits > DIGITS_MAX ? null : decimalOf(number.toPrecision(digits));
  if (told?.digits === written.digits && told.exponent === written.exponent) return number;
  return text.includes("e") || text.includes("E") ? text : text.replace(/\.?0+$/, "");
}

interface Decimal {
  /** Without zeros at either end. */
  readonly digits: string;
  /** Of ten, behind the last digit. */
  readonly exponent: number;
}

function decimalOf(text: string): Decimal {
  const [mantissa = "", power = "0"] = text.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  return { digits: significant, exponent: Number(power) - fraction.length + digits.length - significant.length };
}

/** JSON whose numbers `JSON.stringify` writes again with the digits that they had. @throws SyntaxError, RangeError */
export function parseJsonAsWritten(text: string): unknown {
  const parsed: unknown = JSON.parse(text, keepNumber);
  return hasEscapedName(text) ? readEscapedNames(text, rawJson) : parsed;
}

function keepNumber(_name: string, value: unknown, { source }: { readonly source?: string } = {}): unknown {
  return typeof value === "number" && source !== undefined ? rawJson(source) : value;
}

/** ECMAScript's own, which the compiler's library does not know yet. */
const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };
