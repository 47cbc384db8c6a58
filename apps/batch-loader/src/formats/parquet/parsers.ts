/**
 * Converts Parquet's values where the library's own way would lose something:
 * times keep their microseconds, text keeps a leading U+FEFF, bytes that are no
 * UTF-8 stay bytes (so that the record is refused, and two keys are never
 * merged), dates become the text of CSV and JSON.
 */
import { exactNumber, parseExactJson } from "@trilane/feature-groups";
import type { ParquetParsers } from "hyparquet";

const US_PER_MS = 1_000n;
const NS_PER_US = 1_000n;
const MS_PER_DAY = 86_400_000;

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** All timestamps become microseconds since 1970 as bigint; finer digits are cut downwards. */
export const parquetParsers: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (millis: bigint) => nullable(millis, (value) => value * US_PER_MS),
  timestampFromMicroseconds: (micros: bigint) => micros,
  timestampFromNanoseconds: (nanos: bigint) => nullable(nanos, floorToUs),
  dateFromDays: (days: number) => new Date(days * MS_PER_DAY).toISOString().slice(0, "2001-01-31".length),
  stringFromBytes: textOf,
  jsonFromBytes: (bytes: Uint8Array) => {
    const text = textOf(bytes);
    return typeof text === "string" ? jsonOf(text) : text;
  },
};

function nullable(value: bigint | undefined, convert: (value: bigint) => bigint): bigint | undefined {
  return value === undefined || value === null ? undefined : convert(value);
}

function floorToUs(nanos: bigint): bigint {
  const cut = nanos / NS_PER_US;
  return nanos < 0n && cut * NS_PER_US !== nanos ? cut - 1n : cut;
}

function textOf(bytes: Uint8Array | undefined): string | Uint8Array | undefined {
  if (bytes === undefined) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes.slice();
  }
}

/** Text that is no JSON stays text, and the schema refuses it. */
function jsonOf(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return text;
  }
}

/**
 * The exact value of a decimal: a bigint where it has no decimals, otherwise the value that JSON with the same digits
 * has.
 */
export function decimalOf(unscaled: bigint, scale: number): bigint | number | string {
  if (scale === 0) return unscaled;
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  return exactNumber(`${unscaled < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`);
}

/** Two's complement, the most significant byte first. */
export function bigIntOf(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString("hex")}`));
}
