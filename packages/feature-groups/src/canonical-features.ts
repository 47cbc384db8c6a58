/**
 * Features in canonical form: equal features become equal bytes.
 *
 * Keys are sorted at every level; fields that are undefined are left out; a
 * bigint that a double holds exactly becomes a number (5 and 5n are equal), and
 * the encoder writes -0 as 0. A value without a faithful encoding is refused
 * with its path: NaN and the infinities, invalid dates, integers beyond int64,
 * half surrogate pairs, undefined in arrays, functions, symbols, class
 * instances.
 *
 * Features that are already canonical, as those of most records are, are
 * returned as they are, without a copy.
 */
import { FeatureGroupError } from "./errors.ts";
import { shownValue } from "./shown-value.ts";

const DEPTH_MAX = 32;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX: bigint = 2n ** 63n - 1n;
const SAFE_MIN = BigInt(Number.MIN_SAFE_INTEGER);
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);
/** Assigning this key would change an object's prototype instead. */
const FORBIDDEN_KEY = "__proto__";

type Fields = Record<string, unknown>;

/** The path of a value, for messages and against endless nesting. */
interface Place {
  readonly path: string;
  readonly depth: number;
}

const ROOT: Place = { path: "", depth: 0 };

/** @throws FeatureGroupError INVALID_FEATURES with the path, the value and the remedy. */
export function canonicalFeatures(features: unknown): object {
  if (!isPlainObject(features)) refuse("", features, "features must be a plain object");
  return canonicalObject(features, ROOT);
}

/**
 * True for an object made by a literal, a parser or `Object.create(null)`, of any realm; false for one made by a class.
 */
function isPlainObject(value: unknown): value is Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function canonicalObject(source: Fields, place: Place): Fields {
  const keys = Object.keys(source);
  let copy: Fields | null = isSorted(keys) ? null : {};
  if (copy !== null) keys.sort();
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    if (key === FORBIDDEN_KEY || !key.isWellFormed()) refuse(place.path, key, "cannot be the name of a feature");
    const value = source[key];
    const canonical = isPlainScalar(value) ? value : canonicalValue(value, place, key);
    if (copy === null && canonical !== value) copy = firstOf(source, keys, index);
    if (copy === null && value === undefined) copy = firstOf(source, keys, index);
    if (copy !== null && canonical !== undefined) copy[key] = canonical;
  }
  return copy ?? source;
}

function canonicalArray(source: readonly unknown[], place: Place): readonly unknown[] {
  let copy: unknown[] | null = null;
  for (let index = 0; index < source.length; index += 1) {
    const value = source[index];
    if (value === undefined) refuse(pathTo(place, index), value, "cannot stand in an array; use null");
    const canonical = isPlainScalar(value) ? value : canonicalValue(value, place, index);
    if (copy === null && canonical !== value) copy = source.slice(0, index);
    if (copy !== null) copy.push(canonical);
  }
  return copy ?? source;
}

/** The common case, which is decided without a call that could refuse the value. */
function isPlainScalar(value: unknown): boolean {
  if (typeof value === "number") return value - value === 0;
  if (typeof value === "string") return value.isWellFormed();
  return typeof value === "boolean" || value === null;
}

function canonicalValue(value: unknown, place: Place, key: string | number): unknown {
  switch (typeof value) {
    case "undefined":
      return undefined;
    case "bigint":
      return canonicalInteger(value, place, key);
    case "object":
      return value === null ? null : canonicalContainer(value, place, key);
    case "number":
      return refuse(pathTo(place, key), value, "is not a finite number; leave it out or use null");
    case "string":
      return refuse(pathTo(place, key), value, "holds half of a surrogate pair; repair its encoding");
    default:
      return refuse(pathTo(place, key), value, "cannot be stored");
  }
}

function canonicalInteger(value: bigint, place: Place, key: string | number): number | bigint {
  if (value >= SAFE_MIN && value <= SAFE_MAX) return Number(value);
  if (value >= INT64_MIN && value <= INT64_MAX) return value;
  return refuse(pathTo(place, key), value, "does not fit in 64 bits; store it as text");
}

function canonicalContainer(value: object, place: Place, key: string | number): unknown {
  const path = pathTo(place, key);
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? refuse(path, value, "is not a date that exists") : value;
  }
  if (value instanceof Uint8Array) return value;
  if (place.depth === DEPTH_MAX) refuse(path, value, `is nested more than ${DEPTH_MAX} levels deep`);
  const inner: Place = { path, depth: place.depth + 1 };
  if (Array.isArray(value)) return canonicalArray(value, inner);
  if (isPlainObject(value)) return canonicalObject(value, inner);
  return refuse(path, value, "cannot be stored; use plain objects, arrays, Date or Uint8Array");
}

function isSorted(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index += 1) {
    if ((keys[index - 1] as string) > (keys[index] as string)) return false;
  }
  return true;
}

/** A copy of the first `count` fields, which are all canonical. */
function firstOf(source: Fields, keys: readonly string[], count: number): Fields {
  const copy: Fields = {};
  for (let index = 0; index < count; index += 1) {
    const key = keys[index] as string;
    copy[key] = source[key];
  }
  return copy;
}

function pathTo(place: Place, key: string | number): string {
  return place.path === "" ? String(key) : `${place.path}.${key}`;
}

function refuse(path: string, value: unknown, problem: string): never {
  const subject = path === "" ? shownValue(value) : `"${path.toWellFormed()}", ${shownValue(value)},`;
  throw new FeatureGroupError("INVALID_FEATURES", `${subject} ${problem}`);
}
