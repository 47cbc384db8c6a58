/**
 * The definition of a feature group: how to find a record's entity, its time
 * and its features, and how long it lives. Definitions are plain data;
 * `defineConfig` checks them and fills in the options that were left out.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Lane, Populate } from "@trilane/write-through";
import type { KeyType } from "./key-types.ts";

/**
 * How the event time is written:
 * - `iso`: ISO 8601 text such as `2001-01-31T08:05:00.123456+01:00`; without a zone it is UTC, a date
 *   alone is its midnight in UTC, digits beyond microseconds are cut;
 * - `s`, `ms`, `us`: seconds, milliseconds or microseconds since 1970, as number, bigint or decimal text;
 * - `timestamp`: microseconds since 1970 as bigint (a Parquet TIMESTAMP), or ISO text, so that one group
 *   takes Parquet files and JSON alike; a plain number is refused, because its unit would be a guess.
 *
 * A valid `Date` is accepted under each of them.
 */
export type EventTimeUnit = "iso" | "s" | "ms" | "us" | "timestamp";

/**
 * The source of a record's event time: one of its fields, or, for data without such a field, the record's source. The
 * lane then supplies a time that a replay supplies again (the object's last change, the message's timestamp, the job's
 * creation). It is never the present.
 */
export type EventTimeRule = { readonly field: string; readonly unit: EventTimeUnit } | { readonly from: "source" };

export interface RecordTtlRule {
  readonly field: string;
  readonly unit: "s" | "ms";
}

/** Which rows of a load the schema must take. */
export type CheckOfLoads = "all" | "winners";

/** How an entity is named where it is stored. */
export type KeyForm = "plain" | "digests";

export interface GroupDefinition {
  /**
   * The fields that name the entity, in order; their values are text, integers or booleans. Where the event-time field
   * is one of them, its value in the key is the event time in microseconds, however it was written.
   */
  readonly key: readonly [string, ...string[]];
  /**
   * The types of key fields, by field: `integer`, `text` or `boolean`. A declared field gives one entity however a
   * format writes its value, or the record is refused (`invalid-key-field`). Other fields are taken as they are
   * written.
   */
  readonly keyTypes?: Readonly<Record<string, KeyType>>;
  /**
   * How the table, the cache, logs and reports name an entity: `plain` by its key fields, `digests` by a digest of them,
   * made with `TRILANE_SUBJECT_KEY`, for keys that name persons. Callers read and write by the fields in both. It cannot
   * change while the group has records. Default `plain`.
   */
  readonly keys?: KeyForm;
  readonly eventTime: EventTimeRule;
  /**
   * A synchronous Standard Schema of an object: zod, valibot, arktype, ... It gets the whole record and returns the
   * features. (zod's `z.object` leaves out the fields that it does not name.)
   */
  readonly schema: StandardSchemaV1<unknown, object>;
  /** Milliseconds that a record lives after its event time, up to a thousand years. */
  readonly ttlMs: number;
  /**
   * Milliseconds that a delete is remembered after its event time; never below `ttlMs`, because an older
   * record that arrives late must have expired before its tombstone does. Default: the longer of `ttlMs`
   * and 30 days, and a day for clocks that disagree.
   */
  readonly tombstoneTtlMs?: number;
  /**
   * A field with the record's own time to live after its event time, where a record may live shorter than its group. A
   * record without a value has the group's, and a longer one counts as the group's.
   */
  readonly recordTtl?: RecordTtlRule;
  /** A field with the source's own counter, 0 to 2^63-1, which orders records of the same event time. */
  readonly sequence?: string;
  /** A field that names the person the record belongs to, for erasure. */
  readonly subject?: string;
  /** The copy that a write leaves in the cache, by lane. Default: `if-cached` for batch, `always` for the others. */
  readonly populate?: Partial<Record<Lane, Populate>>;
  /** Increase it with each incompatible change of the schema. Default 1. */
  readonly schemaVersion?: number;
  /**
   * Which rows of a large Parquet load the schema checks, where their validity cannot be told from columns. `all`: every
   * row, one by one. `winners`: per key only the row that would be written; where the schema refuses it, it is `dead`
   * and the next one is checked. Then the engine can reduce the load, and rows that lose are `superseded` without a
   * check: an invalid one among them is not reported. The stored records are the same. Default `all`.
   */
  readonly checkOfLoads?: CheckOfLoads;
  /** Milliseconds that an event time may be ahead of the present. Default 5 minutes. */
  readonly maxFutureSkewMs?: number;
}

/** Defines a feature group, keeping the types of its key fields and features. Checked by `defineConfig`. */
export function defineGroup<const Definition extends GroupDefinition>(definition: Definition): Definition {
  return definition;
}
