/**
 * A digest of everything in a group's definition that affects its records. A
 * source gives the same records under two definitions with the same digest, as
 * far as this can be known from outside.
 *
 * A schema is an object of another library. The digest takes its plain data,
 * the text of its functions, and its JSON Schema where the library offers one.
 * It calls nothing that could answer differently the next time, and reads no
 * accessors, except for a shape that is made when it is first asked for. Values
 * that a function has from outside its text cannot be seen: after such a change
 * raise `schemaVersion`.
 */
import { hash } from "node:crypto";
import type { FeatureGroup } from "./define-config.ts";

const DIGEST_LENGTH = 24;
/** A schema with more parts is identified by its first ones and its JSON Schema. */
const PARTS_MAX = 20_000;
const DIALECT = "draft-2020-12";
/** zod makes an object's fields when they are first asked for. */
const SHAPE = "shape";

export function definitionDigest(group: FeatureGroup): string {
  const {
    recordTtl,
    name,
    key,
    keyTypes,
    keys,
    eventTime,
    ttlMs,
    tombstoneTtlMs,
    sequence,
    subject,
    schemaVersion,
    maxFutureSkewMs,
  } = group;
  // Groups that declare no types have the digest that they had before there were any.
  const types = Object.keys(keyTypes).length === 0 ? {} : { keyTypes: key.map((field) => keyTypes[field] ?? null) };
  const plain = {
    ...types,
    ...(keys === "plain" ? {} : { keys }),
    ...(recordTtl === null ? {} : { recordTtl }),
    name,
    key,
    eventTime,
    ttlMs,
    tombstoneTtlMs,
    sequence,
    subject,
    schemaVersion,
    maxFutureSkewMs,
  };
  // A function that makes a default gives another one each time it is asked.
  const withoutDefaults = (field: string, value: unknown): unknown => (field === "default" ? undefined : value);
  const jsonSchema = JSON.stringify(jsonSchemaOf(group.schema), withoutDefaults);
  const text = JSON.stringify([plain, jsonSchema, partsOf(group.schema)]);
  return hash("sha256", text, "hex").slice(0, DIGEST_LENGTH);
}

/** Null where the library makes none, or cannot make this one. */
function jsonSchemaOf(schema: FeatureGroup["schema"]): unknown {
  const { jsonSchema } = schema["~standard"] as { readonly jsonSchema?: { input?: unknown } };
  if (typeof jsonSchema?.input !== "function") return null;
  try {
    return jsonSchema.input({ target: DIALECT, libraryOptions: { unrepresentable: "any" } });
  } catch {
    return null;
  }
}

/** The texts of a schema's parts in the order in which they are found, each object once. */
function partsOf(schema: unknown): readonly string[] {
  const parts: string[] = [];
  const seen = new Map<unknown, number>();
  const waiting: { readonly path: string; readonly value: unknown }[] = [{ path: "", value: schema }];
  for (let next = waiting.pop(); next !== undefined && parts.length < PARTS_MAX; next = waiting.pop()) {
    const { path, value } = next;
    const isObject = typeof value === "object" && value !== null;
    const before = isObject ? seen.get(value) : undefined;
    parts.push(`${path} ${before === undefined ? textOf(value) : `as ${before}`}`);
    if (!isObject || before !== undefined) continue;
    seen.set(value, seen.size);
    const entries = entriesOf(definitionOf(value)).map(([name, inner]) => ({ path: `${path}/${name}`, value: inner }));
    waiting.push(...entries.toReversed());
  }
  return parts;
}

/** zod keeps the definition apart from the values that it has computed, which grow as a schema is used. */
function definitionOf(value: object): object {
  const inner = (value as { readonly _zod?: { readonly def?: unknown } })._zod?.def;
  return typeof inner === "object" && inner !== null ? inner : value;
}

function entriesOf(value: object): readonly (readonly [string, unknown])[] {
  if (value instanceof Map)
    return [...value].flatMap(([key, inner], index) => [
      [`${index}k`, key],
      [`${index}v`, inner],
    ]);
  if (value instanceof Set) return [...value].map((inner, index) => [String(index), inner]);
  if (value instanceof RegExp || value instanceof Date) return [];
  return Object.entries(Object.getOwnPropertyDescriptors(value)).flatMap(
    ([name, { enumerable, get, value: inner }]) => {
      if (get !== undefined) return name === SHAPE ? [[name, (value as Record<string, unknown>)[name]]] : [];
      return enumerable === true && name !== "~standard" ? [[name, inner]] : [];
    },
  );
}

function textOf(value: unknown): string {
  if (value instanceof RegExp) return String(value);
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? `array ${value.length}` : "object";
  return `${typeof value} ${String(value)}`;
}
