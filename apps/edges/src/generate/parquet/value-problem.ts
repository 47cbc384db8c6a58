/**
 * Decides whether a value that the product read is the one that DuckDB reads
 * from the same file.
 */
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  DuckDBUUIDValue,
  type DuckDBValue,
} from "@duckdb/node-api";
import { inspect, isDeepStrictEqual } from "node:util";
import { numberProblem } from "../json/exact-rational.ts";
import type { ColumnType } from "./column-types.ts";

const MS_PER_DAY = 86_400_000;
const NS_PER_US = 1_000n;
const DAY_LENGTH = "2001-01-31".length;

/** Null where it is. */
export function valueProblem(type: ColumnType, found: unknown, right: DuckDBValue, path: string): string | null {
  if (right === null) return found === null ? null : `${path} is ${inspect(found)} and not NULL`;
  switch (type.kind) {
    case "list":
      return listProblem(type.item, found, right, path);
    case "struct":
      return structProblem(type.fields, found, right, path);
    case "map":
      return mapProblem(type.value, found, right, path);
    case "scalar":
      return scalarProblem(type.name === "json", found, right, path);
  }
}

function listProblem(item: ColumnType, found: unknown, right: DuckDBValue, path: string): string | null {
  const items = right instanceof DuckDBListValue ? right.items : [];
  if (!Array.isArray(found) || found.length !== items.length) return `${path} is no list of ${items.length}`;
  return first(items.map((one, index) => valueProblem(item, found[index], one, `${path}[${index}]`)));
}

function structProblem(
  fields: readonly (readonly [string, ColumnType])[],
  found: unknown,
  right: DuckDBValue,
  path: string,
): string | null {
  const entries = right instanceof DuckDBStructValue ? right.entries : {};
  const own = ownFields(found);
  if (own === null || own.size !== fields.length) return `${path} is no struct of ${fields.length}`;
  return first(
    fields.map(([name, field]) => valueProblem(field, own.get(name), entries[name] ?? null, `${path}.${name}`)),
  );
}

function mapProblem(value: ColumnType, found: unknown, right: DuckDBValue, path: string): string | null {
  const entries = right instanceof DuckDBMapValue ? right.entries : [];
  const own = ownFields(found);
  if (own === null || own.size !== entries.length) return `${path} is no map of ${entries.length}`;
  return first(
    entries.map((one) => valueProblem(value, own.get(String(one.key)), one.value, `${path}{${String(one.key)}}`)),
  );
}

function ownFields(found: unknown): ReadonlyMap<string, unknown> | null {
  if (typeof found !== "object" || found === null || Array.isArray(found)) return null;
  return new Map(Object.entries(found));
}

function scalarProblem(isJson: boolean, found: unknown, right: DuckDBValue, path: string): string | null {
  if (isJson) return jsonTextProblem(found, String(right), path);
  if (right instanceof DuckDBDecimalValue) {
    const problem = numberProblem(right.toString(), found);
    return problem === null ? null : `${path}: ${problem}`;
  }
  return isSame(found, plain(right)) ? null : `${path} is ${inspect(found)}, DuckDB says ${String(right)}`;
}

/** The same value in our form: times in microseconds since 1970, dates as text. */
function plain(right: DuckDBValue): unknown {
  if (right instanceof DuckDBBlobValue) return new Uint8Array(right.bytes);
  if (right instanceof DuckDBDateValue) return new Date(right.days * MS_PER_DAY).toISOString().slice(0, DAY_LENGTH);
  if (right instanceof DuckDBTimestampNanosecondsValue) return floored(right.nanos, NS_PER_US);
  if (right instanceof DuckDBTimestampValue || right instanceof DuckDBTimestampTZValue) return right.micros;
  if (right instanceof DuckDBTimeValue) return right.micros;
  return right instanceof DuckDBUUIDValue ? right.toString() : right;
}

function floored(value: bigint, by: bigint): bigint {
  const cut = value / by;
  return value < 0n && cut * by !== value ? cut - 1n : cut;
}

/** A number and a bigint of the same value are the same feature. */
function isSame(found: unknown, right: unknown): boolean {
  if (found instanceof Uint8Array) return isDeepStrictEqual(new Uint8Array(found), right);
  if (typeof found === "bigint" || typeof right === "bigint") {
    return isWhole(found) && isWhole(right) && BigInt(found) === BigInt(right);
  }
  return found === right || Object.is(found, right);
}

function isWhole(value: unknown): value is number | bigint {
  return typeof value === "bigint" || Number.isSafeInteger(value);
}

/** The text was generated, so it is valid; numbers are compared as JSON.parse reads them. */
function jsonTextProblem(found: unknown, text: string, path: string): string | null {
  const right: unknown = JSON.parse(text);
  return isDeepStrictEqual(rounded(found, right), right) ? null : `${path} is not what the JSON says`;
}

/** Exact numbers, as doubles. */
function rounded(found: unknown, right: unknown): unknown {
  if (typeof right === "number" && found !== null && typeof found !== "object")
    return Number(found) + 0 === 0 ? right : Number(found);
  if (Array.isArray(found) && Array.isArray(right)) return found.map((item, index) => rounded(item, right[index]));
  if (typeof found !== "object" || found === null || typeof right !== "object" || right === null) return found;
  const others = new Map(Object.entries(right));
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, rounded(value, others.get(name))]));
}

function first(problems: readonly (string | null)[]): string | null {
  return problems.find((problem) => problem !== null) ?? null;
}
