/**
 * Ranks a record among those of its key by the bytes of its JSON or of its row
 * of CSV: whether it is valid, its key, its event time and its sequence, without
 * a text or an object of it. Most records of a stream or a file lose to another
 * one that waits with them, and need no more than that.
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
import type { Rank, ScannedRank } from "./rank.ts";
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
import { type CellNeed, CellScan } from "./scan-cells.ts";
import { type FieldSpans, ScannedKeys } from "./scanned-keys.ts";
import { plainSubjectDigests } from "./subject-digest.ts";

/** Ranks records of one form by their bytes. Null where only the parser can tell. */
export interface BytesRanks {
  rankAt(bytes: Uint8Array, from: number, end: number): ScannedRank | null;
}

type RankedChange = Pick<FeatureChange, "kind" | "scan" | "scanned" | "sourceTimeUs">;

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

/** The texts that are taken as they are written in a CSV. */
const CELLS_TAKEN: Readonly<Partial<Record<FieldAccepts, CellNeed>>> = {
  integer: "integer",
  decimal: "decimal",
  text: "text",
  anything: "text",
};

export class RankScan {
  readonly #group: FeatureGroup;
  readonly #fields: readonly ScannedField[];
  readonly #scan: JsonScan;
  readonly #keys = new ScannedKeys();
  readonly #keyFields: readonly number[];
  readonly #timeField: number;
  readonly #sequenceField: number;
  /** Rows of NDJSON. */
  readonly json: BytesRanks;

  private constructor(group: FeatureGroup, fields: readonly ScannedField[]) {
    const at = (wanted: string | null): number => fields.findIndex(({ name }) => name === wanted);
    this.#group = group;
    this.#fields = fields;
    this.#scan = new JsonScan(fields);
    this.#keyFields = group.key.map(at);
    this.#timeField = "field" in group.eventTime ? at(group.eventTime.field) : NONE;
    this.#sequenceField = at(group.sequence);
    this.json = this.#ranksOf(this.#scan);
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

  /** Rows of a CSV with these columns; null where no row of it is ranked. */
  cells(columns: readonly string[], delimiter: string): BytesRanks | null {
    const fields = columns.map((name) => this.#fields.findIndex((field) => field.name === name));
    const isRead = this.#fields.every(({ isOptional }, at) => isOptional || fields.includes(at));
    const needs = columns.map((name, column) => (fields[column] === NONE ? null : cellNeedOf(this.#group, name)));
    if (!isRead || needs.includes(undefined) || delimiter.length !== 1) return null;
    return this.#ranksOf(
      new CellScan({
        needs: needs as readonly (CellNeed | null)[],
        fields,
        fieldCount: this.#fields.length,
        delimiter: delimiter.charCodeAt(0),
      }),
    );
  }

  /** Null where only the parser can tell. */
  rankOf(change: RankedChange, context: ParseContext): Rank | null {
    if (change.kind !== "put") return null;
    const scanned = change.scanned === undefined ? this.#rankByScan(change) : change.scanned;
    if (scanned === null) return null;
    const eventTimeUs = scanned.eventTimeUs ?? this.#sourceTimeUs(change, context);
    if (eventTimeUs === null || eventTimeUs > latestTimeUs(this.#group, context.nowMs)) return null;
    if (Math.floor(eventTimeUs / US_PER_MS) + this.#group.ttlMs <= context.nowMs) return null;
    return isTimed(scanned) ? scanned : { ...scanned, eventTimeUs };
  }

  #rankByScan(change: RankedChange): ScannedRank | null {
    if (change.scan?.(this.#scan) !== true) return null;
    const rank = this.#rankOfRead(this.#scan);
    this.#scan.letGo();
    return rank;
  }

  /** Where the keys do not come again, most rows win and are parsed all the same, so none is ranked. */
  #ranksOf(scan: JsonScan | CellScan): BytesRanks {
    return {
      rankAt: (bytes, from, end) => {
        if (!this.#keys.isLearning || !scan.reads(bytes, from, end)) return null;
        const rank = this.#rankOfRead(scan);
        scan.letGo();
        return rank;
      },
    };
  }

  #rankOfRead(spans: FieldSpans): ScannedRank | null {
    const eventTimeUs = this.#timeField === NONE ? null : this.#fieldTimeUs(spans);
    if (eventTimeUs !== null && !(eventTimeUs >= 0)) return null;
    const sequence = this.#sequence(spans);
    const key = sequence === null ? null : this.#key(spans);
    return key === null || sequence === null ? null : { key, eventTimeUs, sequence };
  }

  /** NaN for another form of a time. */
  #fieldTimeUs({ bytes, starts, ends }: FieldSpans): number {
    return isoBytesUs(bytes, starts[this.#timeField] as number, ends[this.#timeField] as number);
  }

  /** Null for a time that is refused. */
  #sourceTimeUs({ sourceTimeUs }: RankedChange, context: ParseContext): number | null {
    const timeUs = readTime(this.#group, {}, context, sourceTimeUs ?? context.sourceTimeUs);
    return typeof timeUs === "number" ? timeUs : null;
  }

  #sequence(spans: FieldSpans): bigint | null {
    if (this.#sequenceField === NONE) return NO_SEQUENCE;
    const { bytes, starts } = spans;
    return bytes[starts[this.#sequenceField] as number] === MINUS ? null : BigInt(textOf(spans, this.#sequenceField));
  }

  #key(spans: FieldSpans): string | null {
    const { bytes, starts, ends } = spans;
    const ofKey = { bytes, starts, ends, fields: this.#keyFields };
    const known = this.#keys.find(ofKey);
    if (known !== undefined) return known;
    const fields = Object.fromEntries(
      this.#group.key.map((name, at) => [name, textOf(spans, this.#keyFields[at] ?? 0)]),
    );
    // The keys of such a group are no digests.
    const key = readKey(this.#group, fields, plainSubjectDigests);
    if (typeof key !== "string") return null;
    this.#keys.remember(ofKey, key);
    return key;
  }
}

function isTimed(rank: ScannedRank): rank is Rank {
  return rank.eventTimeUs !== null;
}

function textOf({ bytes, starts, ends }: FieldSpans, field: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", starts[field], ends[field]);
}

/** Undefined for a field that surely takes no text. */
function cellNeedOf(group: FeatureGroup, name: string): CellNeed | undefined {
  const check = PlainFeatures.of(group)?.fields.find((field) => field.name === name);
  const need = check === undefined ? "text" : CELLS_TAKEN[check.accepts];
  return need !== undefined && name === group.sequence ? "counter" : need;
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
