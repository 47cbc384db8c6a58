/**
 * Keys: `group#part#part`, one canonical text per entity, so that equal
 * entities give equal strings, whichever lane they come by.
 *
 * - A part is the canonical text of its value: text as it is, integers in
 *   decimal, booleans as `true` and `false`. Parts carry no type, because CSV
 *   and URLs give `"1"` where JSON gives `1` and Parquet `1n`: all three name
 *   the same entity. `"01"` and `"1.0"` are other texts, and other entities,
 *   except in a field that is declared an integer (`key-types.ts`).
 * - Where the event-time field is part of the key, its part is the event time
 *   in microseconds, so that ISO text and a Parquet timestamp agree.
 * - `%`, `#`, braces (hash tags in a Valkey cluster) and control characters are
 *   percent-escaped. Everything else stays as it is and is not normalised: two
 *   Unicode spellings of one name are two entities.
 *
 * The encoding is injective: distinct lists of parts give distinct keys.
 *
 * A group with `keys: "digests"` stores `group#digest` instead: the keyed digest
 * of that text. Everything behind these functions, from the writer to logs and
 * reports, knows this key alone; callers go on to name the entity by its fields.
 */
import { KEY_BYTES_MAX } from "@trilane/write-through";
import type { FeatureGroup } from "./define-config.ts";
import { dead, type DeadRecord } from "./dead-reasons.ts";
import { FeatureGroupError } from "./errors.ts";
import { KnownKeys } from "./known-keys.ts";
import { KEY_READINGS, type KeyReading } from "./key-types.ts";
import { parseTimeUs } from "./event-time.ts";
import { shownFieldOf } from "./shown-field.ts";
import type { SubjectDigests } from "./subject-digest.ts";
import type { EntityKey } from "./typed-groups.ts";
import type { GroupDefinition } from "./define-group.ts";

const SEPARATOR = "#";
/** UTF-8 takes at most three bytes for each UTF-16 unit. */
const UTF8_BYTES_PER_UNIT_MAX = 3;
// oxlint-disable-next-line no-control-regex
const ESCAPED = /[%#{}\u0000-\u001f\u007f-\u009f]/;
// oxlint-disable-next-line no-control-regex
const ESCAPED_ALL = /[%#{}\u0000-\u001f\u007f-\u009f]/g;

/**
 * The key under which an entity is stored.
 * @throws FeatureGroupError INVALID_KEY, naming the field, its value and the remedy.
 */
export function encodeKey<Definition extends GroupDefinition>(
  group: FeatureGroup<Definition>,
  keyValues: EntityKey<Definition>,
  digests: SubjectDigests,
): string {
  const key = readKey(group, keyValues as Readonly<Record<string, unknown>>, digests);
  if (typeof key === "string") return key;
  throw new FeatureGroupError("INVALID_KEY", `feature group "${group.name}": ${key.detail}`, {
    fields: { group: group.name, reason: key.reason },
  });
}

/** The name of the group that a key belongs to. */
export function groupNameOf(key: string): string {
  const end = key.indexOf(SEPARATOR);
  return end < 0 ? key : key.slice(0, end);
}

/** The key under which the entity in the fields of a record is stored. */
export function readKey(
  group: FeatureGroup,
  fields: Readonly<Record<string, unknown>>,
  digests: SubjectDigests,
): string | DeadRecord {
  const key = readPlainKey(group, fields);
  if (group.keys === "plain" || typeof key !== "string") return key;
  return group.name + SEPARATOR + digests.entityDigestOf(key);
}

function readPlainKey(group: FeatureGroup, fields: Readonly<Record<string, unknown>>): string | DeadRecord {
  const known = KnownKeys.of(group);
  const found = known?.find(fields);
  if (found !== undefined) return found;
  const key = makePlainKey(group, fields);
  if (typeof key === "string") known?.remember(group, fields, key);
  return key;
}

function makePlainKey(group: FeatureGroup, fields: Readonly<Record<string, unknown>>): string | DeadRecord {
  let key = group.name;
  for (const field of group.key) {
    const part = readPart(group, field, fields[field]);
    if (typeof part !== "string") return part;
    key += SEPARATOR + part;
  }
  if (key.length * UTF8_BYTES_PER_UNIT_MAX > KEY_BYTES_MAX) {
    const bytes = Buffer.byteLength(key);
    if (bytes > KEY_BYTES_MAX) {
      return dead("key-too-long", `the key takes ${bytes} bytes, at most ${KEY_BYTES_MAX} fit; shorten the key fields`);
    }
  }
  return key;
}

function readPart(group: FeatureGroup, field: string, value: unknown): string | DeadRecord {
  if (value === undefined || value === null) {
    const fields = group.key.join(", ");
    return dead("missing-key-field", `"${field}" is ${String(value)}; a record needs all key fields: ${fields}`);
  }
  const rule = group.eventTime;
  if ("field" in rule && rule.field === field) {
    const timeUs = parseTimeUs(rule.unit, value);
    if (Number.isSafeInteger(timeUs)) return String(timeUs);
    return invalidPart(group, { field, value }, `is not a time of unit "${rule.unit}" within range`);
  }
  const type = group.keyTypes[field];
  if (type !== undefined && value !== "") return readTyped(group, { field, value }, KEY_READINGS[type]);
  switch (typeof value) {
    case "string":
      return readText(group, field, value);
    case "number":
      return Number.isSafeInteger(value)
        ? String(value)
        : invalidPart(group, { field, value }, "is not an exact integer");
    case "bigint":
    case "boolean":
      return String(value);
    default:
      return invalidPart(group, { field, value }, "is neither text, integer nor boolean");
  }
}

interface KeyPart {
  readonly field: string;
  readonly value: unknown;
}

function readTyped(group: FeatureGroup, part: KeyPart, { read, remedy }: KeyReading): string | DeadRecord {
  const text = read(part.value);
  return text === null ? invalidPart(group, part, remedy) : readText(group, part.field, text);
}

function readText(group: FeatureGroup, field: string, value: string): string | DeadRecord {
  if (value === "") return invalidPart(group, { field, value }, "is empty");
  if (!value.isWellFormed()) {
    return invalidPart(group, { field, value }, "holds half of a surrogate pair; repair its encoding");
  }
  return ESCAPED.test(value) ? escapePart(value) : value;
}

function escapePart(text: string): string {
  return text.replace(ESCAPED_ALL, encodeURIComponent);
}

function invalidPart(group: FeatureGroup, { field, value }: KeyPart, problem: string): DeadRecord {
  return dead("invalid-key-field", `key field "${field}", ${shownFieldOf(group, field, value)}, ${problem}`);
}
