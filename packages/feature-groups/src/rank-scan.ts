/**
 * Ranks a record among those of its key by the bytes of its JSON: whether it is
 * valid, its key, its event time and its sequence, without a text or an object
 * of it. Most records of a stream lose to another one that waits with them, and
 * need no more than that.
 *
 * It knows only the usual: a group whose key fields are texts, whose schema's
 * checks can be told, without a subject and without a ttl of each record. A
 * record of which it says nothing is parsed, and a record that it ranks would
 * get the same rank from the parser.
 */
import { latestTimeUs } from "./event-time.ts";
import type { FeatureGroup } from "./define-config.ts";
import { readKey } from "./entity-key.ts";
import type { FieldAccepts, FieldCheck } from "./field-checks.ts";
import { isoBytesUs } from "./iso-bytes.ts";
import { type FeatureChange, type ParseContext, readTime } from "./parse-record.ts";
import { PlainFeatures } from "./plain-features.ts";
import { NO_SEQUENCE } from "./record-fields.ts";
import {
  BOOLEAN,
  FRACTION,
  INTEGER,
  JsonScan,
  NULL,
  type ScannedField,
  SCANNED_FIELDS_MAX,
  TAKES_ANY,
  TEXT,
} from "./scan-json.ts";
import { ScannedKeys } from "./scanned-keys.ts";
import { plainSubjectDigests } from "./subject-digest.ts";

/** The start of a record's version, and its key. */
export interface Rank {
  readonly key: string;
  readonly eventTimeUs: number;
  readonly sequence: bigint;
}

type RankedChange = Pick<FeatureChange, "kind" | "scan" | "sourceTimeUs">;

const US_PER_MS = 1_000;
const MINUS = 45;
/** The parser refuses a record with this field, and finds fields of these names in every object. */
const FORBIDDEN_NAME = "__proto__";
const NONE = -1;
const byGroup = new WeakMap<FeatureGroup, RankScan | null>();

const TAKEN: Readonly<Record<FieldAccepts, number>> = {
  integer: INTEGER,
  decimal: INTEGER | FRACTION,
  number: INTEGER | FRACTION,
  text: TEXT,
  boolean: BOOLEAN,
  anything: BOOLEAN | TEXT,
  bigint: 0,
};

export class RankScan {
  readonly #group: FeatureGroup;
  readonly #scan: JsonScan;
  readonly #keys = new ScannedKeys();
  readonly #keyFields: readonly number[];
  readonly #timeField: number;
  readonly #sequenceField: number;

  private constructor(group: FeatureGroup, fields: readonly ScannedField[]) {
    const at = (wanted: string | null): number => fields.findIndex(({ name }) => name === wanted);
    this.#group = group;
    this.#scan = new JsonScan(fields);
    this.#keyFields = group.key.map(at);
    this.#timeField = "field" in group.eventTime ? at(group.eventTime.field) : NONE;
    this.#sequenceField = at(group.sequence);
  }

  /** Null for a group of which it knows nothing. */
  static of(group: FeatureGroup): RankScan | null {
    const known = byGroup.get(group);
    if (known !== undefined) return known;
    const fields = scannedFieldsOf(group);
    const made = fields === null ? null : new RankScan(group, fields);
    byGroup.set(group, made);
    return made;
  }

  /** Null where only the parser can tell. */
  rankOf(change: RankedChange, context: ParseContext): Rank | null {
    if (change.kind !== "put" || change.scan?.(this.#scan) !== true) return null;
    const rank = this.#rankOfRead(change, context);
    this.#scan.letGo();
    return rank;
  }

  #rankOfRead(change: RankedChange, context: ParseContext): Rank | null {
    const eventTimeUs = this.#timeUs(change, context);
    if (eventTimeUs === null || Math.floor(eventTimeUs / US_PER_MS) + this.#group.ttlMs <= context.nowMs) return null;
    const sequence = this.#sequence();
    const key = sequence === null ? null : this.#key(context);
    return key === null || sequence === null ? null : { key, eventTimeUs, sequence };
  }

  /** Null for a time that is refused, or that has another form. */
  #timeUs({ sourceTimeUs }: RankedChange, context: ParseContext): number | null {
    if (this.#timeField === NONE) {
      const timeUs = readTime(this.#group, {}, context, sourceTimeUs ?? context.sourceTimeUs);
      return typeof timeUs === "number" ? timeUs : null;
    }
    const { bytes, starts, ends } = this.#scan;
    const timeUs = isoBytesUs(bytes, starts[this.#timeField] as number, ends[this.#timeField] as number);
    return timeUs >= 0 && timeUs <= latestTimeUs(this.#group, context.nowMs) ? timeUs : null;
  }

  #sequence(): bigint | null {
    if (this.#sequenceField === NONE) return NO_SEQUENCE;
    const { bytes, starts } = this.#scan;
    return bytes[starts[this.#sequenceField] as number] === MINUS ? null : BigInt(this.#textOf(this.#sequenceField));
  }

  #key({ subjects = plainSubjectDigests }: ParseContext): string | null {
    const { bytes, starts, ends } = this.#scan;
    const spans = { bytes, starts, ends, fields: this.#keyFields };
    const known = this.#keys.find(spans);
    if (known !== undefined) return known;
    const fields = Object.fromEntries(
      this.#group.key.map((name, at) => [name, this.#textOf(this.#keyFields[at] ?? 0)]),
    );
    const key = readKey(this.#group, fields, subjects);
    if (typeof key !== "string") return null;
    this.#keys.remember(spans, key);
    return key;
  }

  #textOf(field: number): string {
    const { bytes, starts, ends } = this.#scan;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", starts[field], ends[field]);
  }
}

/** Null for a group with a field that is not read here. */
function scannedFieldsOf(group: FeatureGroup): readonly ScannedField[] | null {
  const { eventTime, key, keys, keyTypes, recordTtl, sequence, subject } = group;
  // Digests of keys depend on a secret, which may change.
  if (subject !== null || recordTtl !== null || keys !== "plain") return null;
  const timeField = "field" in eventTime ? eventTime.field : null;
  if ("field" in eventTime && eventTime.unit !== "iso" && eventTime.unit !== "timestamp") return null;
  const plain = PlainFeatures.of(group);
  if (plain === null || key.some((name) => name === timeField || keyTypes[name] !== undefined)) return null;
  const byName = new Map<string, ScannedField>(plain.fields.map((field) => [field.name, fieldOf(field)]));
  const require = (name: string, takes: number): void => {
    byName.set(name, { name, takes: (byName.get(name)?.takes ?? TAKES_ANY) & takes, isOptional: false });
  };
  for (const name of key) require(name, TEXT);
  if (timeField !== null) require(timeField, TEXT);
  if (sequence !== null) require(sequence, INTEGER);
  const fields = [...byName.values(), { name: FORBIDDEN_NAME, takes: 0, isOptional: true }];
  const isRead = byName.size < SCANNED_FIELDS_MAX && [...byName.keys()].every((name) => !(name in Object.prototype));
  return isRead ? fields : null;
}

function fieldOf({ name, accepts, isNullable, isOptional }: FieldCheck): ScannedField {
  return { name, takes: TAKEN[accepts] | (isNullable ? NULL : 0), isOptional };
}
