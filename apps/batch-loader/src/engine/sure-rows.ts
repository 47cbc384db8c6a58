/**
 * The condition under which a row is surely a record of its group, as SQL over
 * columns, with the row's key and its event time.
 *
 * The condition is never true for a row that the row path would refuse. It may
 * be false for a row that is good: such a row is checked by itself, by the same
 * code as in the row path. So a condition may be as narrow as is simple.
 *
 * Rows with equal key columns are of one entity. The reverse need not hold,
 * since the writer orders by versions what comes to it under one key.
 */
import type { FeatureGroup, FieldCheck } from "@trilane/feature-groups";
import { KEY_BYTES_MAX, PAYLOAD_BYTES_MAX } from "@trilane/write-through";
import { type EngineColumn } from "./engine-column.ts";
import { BLANKS } from "./blanks.ts";
import { sqlName } from "./sql-text.ts";

/** The name under which `condition`, `isLive` and `key` read the event time. */
export const TIME_COLUMN = '"#time"';

export interface SureRows {
  /** True for rows that are surely records, apart from their expiry and their size. */
  readonly condition: string;
  /** True for rows that surely fit into the store. */
  readonly fits: string;
  /** True for those of them that are not expired. */
  readonly isLive: string;
  /** Equal values are one entity. */
  readonly key: readonly string[];
  /** Microseconds since 1970; a constant where the source tells the time. */
  readonly timeUs: string;
  /** The sequence, where the group has one. */
  readonly sequence: string | null;
}

export type SureRowsOutcome =
  | ({ readonly kind: "sure" } & SureRows)
  /** No row could be told: `reason` says of which column. */
  | { readonly kind: "unsure"; readonly reason: string };

export interface SureRowsOptions {
  readonly group: FeatureGroup;
  /** Null where the schema checks the winners alone: it may look at each column. */
  readonly fields: readonly FieldCheck[] | null;
  readonly columns: readonly EngineColumn[];
  /** Milliseconds since 1970: the load's now. */
  readonly nowMs: number;
}

const US_PER_MS = 1_000;
const US_PER_DAY = 86_400_000_000;
const UNIT_US = { s: 1_000_000, ms: 1_000, us: 1 } as const;
/** An escaped byte takes three. */
const ESCAPE_FACTOR = 3;
const NUMBER_DIGITS_MAX = 20;
/** The writer takes more; longer ones are checked by themselves. */
const SUBJECT_BYTES_MAX = 1_000;
/** The bytes of a payload's head, of a field's head and of a scalar, rounded up. */
const PAYLOAD_HEAD_BYTES = 64;
const FIELD_HEAD_BYTES = 10;
const SCALAR_BYTES = 64;
const DIGITS_OF_DOUBLE = 15;
const DIGITS_OF_INT64 = 18;
const SAFE = Number.MAX_SAFE_INTEGER;
const DATES = "BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'";

/** A condition, or null where it would never be true. */
type Condition = string | null;

export function sureRowsOf(options: SureRowsOptions): SureRowsOutcome {
  const { group, columns } = options;
  const byName = new Map(columns.map((column) => [column.name, column]));
  const parts: string[] = [];
  const problem = (name: string): SureRowsOutcome => ({ kind: "unsure", reason: problemOf(name, byName.get(name)) });
  const timeUs = timeSql(group, byName);
  if (timeUs === null) return problem("field" in group.eventTime ? group.eventTime.field : "");
  const key = group.key.map((field) => keyPart(options, byName.get(field)));
  const wrongKey = group.key.find((_, index) => key[index] === null);
  if (wrongKey !== undefined) return problem(wrongKey);
  for (const part of key) if (part !== null) parts.push(...part.conditions);
  parts.push(keyLength(options, byName));
  const { sequence, subject } = group;
  const person = subject === null ? "true" : subjectCondition(byName.get(subject));
  if (subject !== null && person === null) return problem(subject);
  if (person !== null) parts.push(person);
  const counter = sequence === null ? undefined : byName.get(sequence);
  if (sequence !== null && (counter === undefined || !isWhole(counter))) return problem(sequence);
  if (counter !== undefined) parts.push(`${sqlName(counter.name)} >= 0`);
  for (const field of options.fields ?? []) {
    const condition = fieldCondition(field, byName.get(field.name));
    if (condition === null) return problem(field.name);
    if (condition !== "") parts.push(condition);
  }
  parts.push(`${TIME_COLUMN} BETWEEN 1 AND ${latestUs(options)}`);
  return {
    kind: "sure",
    condition: parts.map((part) => `(${part})`).join(" AND "),
    fits: payloadSize(options, byName),
    isLive: "field" in group.eventTime ? `${TIME_COLUMN} >= ${firstLiveUs(options)}` : "true",
    key: key.flatMap((part) => (part === null ? [] : [part.sql])),
    timeUs,
    sequence: counter === undefined ? null : `CAST(${sqlName(counter.name)} AS BIGINT)`,
  };
}

/** True where the time that an object gives to its rows is one that a record may have, and is not expired. */
export function isSureTime(timeUs: number, { group, nowMs }: Pick<SureRowsOptions, "group" | "nowMs">): boolean {
  const isLive = Math.floor(timeUs / US_PER_MS) > nowMs - group.ttlMs;
  return Number.isInteger(timeUs) && timeUs >= 1 && timeUs <= latestUs({ group, nowMs }) && isLive;
}

/** Of the times that a record may have, the first one that is not expired. */
function firstLiveUs({ group, nowMs }: Pick<SureRowsOptions, "group" | "nowMs">): number {
  return Math.max(1, (nowMs - group.ttlMs + 1) * US_PER_MS);
}

function latestUs({ group, nowMs }: Pick<SureRowsOptions, "group" | "nowMs">): number {
  return Math.min((nowMs + group.maxFutureSkewMs) * US_PER_MS, SAFE);
}

function problemOf(name: string, column: EngineColumn | undefined): string {
  if (column === undefined) return `it has no column "${name}" from which the engine could tell a record`;
  return `its column "${name}" of the type ${column.type} does not tell which rows are records`;
}

/** Null where the column does not have the group's unit. NULL is its value for a time that is none. */
function timeSql({ eventTime }: FeatureGroup, byName: ReadonlyMap<string, EngineColumn>): string | null {
  if (!("field" in eventTime)) return "1";
  const column = byName.get(eventTime.field);
  if (column === undefined) return null;
  const { unit } = eventTime;
  const name = sqlName(column.name);
  if (unit === "timestamp" || unit === "iso") {
    if (column.type === "date")
      return `CASE WHEN ${name} ${DATES} THEN (${name} - DATE '1970-01-01') * ${US_PER_DAY} END`;
    if (unit === "iso") return null;
    if (column.type === "timestamp") return `CASE WHEN isfinite(${name}) THEN epoch_us(${name}) END`;
    if (column.type !== "timestamp-ns") return null;
    return `CASE WHEN isfinite(${name}) AND epoch_ns(${name}) >= 0 THEN epoch_ns(${name}) // 1000 END`;
  }
  if (!isWhole(column)) return null;
  const last = Math.floor(SAFE / UNIT_US[unit]);
  return `CASE WHEN ${name} BETWEEN 0 AND ${last} THEN CAST(${name} AS BIGINT) * ${UNIT_US[unit]} END`;
}

interface KeyPart {
  readonly sql: string;
  readonly conditions: readonly string[];
}

function keyPart({ group }: SureRowsOptions, column: EngineColumn | undefined): KeyPart | null {
  if (column === undefined) return null;
  const name = sqlName(column.name);
  if ("field" in group.eventTime && group.eventTime.field === column.name) return { sql: TIME_COLUMN, conditions: [] };
  const condition = keyCondition(column, group.keyTypes[column.name]);
  return condition === null ? null : { sql: name, conditions: [ofPresent(name, condition)] };
}

function keyCondition(column: EngineColumn, type: FeatureGroup["keyTypes"][string] | undefined): Condition {
  const name = sqlName(column.name);
  const isText = column.type === "text";
  switch (type) {
    case "integer":
      if (isText) return `regexp_full_match(${name}, '-?[0-9]{1,18}')`;
      return isWhole(column) ? "true" : null;
    case "text":
      return isText ? `strlen(${name}) > 0 AND trim(${name}, ${BLANKS}) = ${name}` : null;
    case "boolean":
      return column.type === "boolean" ? "true" : null;
    case undefined:
      if (isText) return `strlen(${name}) > 0`;
      if (column.type === "date") return `${name} ${DATES}`;
      if (column.type === "timestamp") return `isfinite(${name})`;
      return isWhole(column) || column.type === "boolean" ? "true" : null;
  }
}

/** The person is one whom the writer takes; whether erased is told by the list of erasures. */
function subjectCondition(column: EngineColumn | undefined): Condition {
  if (column === undefined) return null;
  const name = sqlName(column.name);
  if (column.type === "text") return `${name} <> '' AND strlen(${name}) <= ${SUBJECT_BYTES_MAX}`;
  return isWhole(column) ? `${name} IS NOT NULL` : null;
}

/** The key surely fits, whatever of it is escaped. */
function keyLength({ group }: SureRowsOptions, byName: ReadonlyMap<string, EngineColumn>): string {
  const texts = group.key.filter((field) => byName.get(field)?.type === "text");
  const rest = (group.key.length - texts.length) * NUMBER_DIGITS_MAX + group.key.length;
  const bytes = Math.max(0, KEY_BYTES_MAX - Buffer.byteLength(group.name) * ESCAPE_FACTOR - rest);
  if (texts.length === 0) return bytes > 0 ? "true" : "false";
  return `${texts.map((field) => `strlen(${sqlName(field)})`).join(" + ")} <= ${Math.floor(bytes / ESCAPE_FACTOR)}`;
}

/** The payload surely fits. */
function payloadSize({ fields: checks, columns }: SureRowsOptions, byName: ReadonlyMap<string, EngineColumn>): string {
  const fields: readonly { readonly name: string }[] = checks ?? columns;
  const texts = fields.filter(({ name }) => byName.get(name)?.type === "text");
  const names = fields.reduce((sum, { name }) => sum + Buffer.byteLength(name) + FIELD_HEAD_BYTES, 0);
  const rest = PAYLOAD_HEAD_BYTES + names + (fields.length - texts.length) * SCALAR_BYTES;
  if (texts.length === 0) return rest <= PAYLOAD_BYTES_MAX ? "true" : "false";
  // A missing text takes no bytes.
  const bytes = texts.map(({ name }) => `coalesce(strlen(${sqlName(name)}), 0)`).join(" + ");
  return `${bytes} <= ${PAYLOAD_BYTES_MAX - rest}`;
}

/** Empty where nothing must be checked; null where no row could be told. */
function fieldCondition(field: FieldCheck, column: EngineColumn | undefined): Condition {
  if (column === undefined) return field.isOptional ? "" : null;
  const condition = valueCondition(field, column);
  if (condition === null) return null;
  const name = sqlName(column.name);
  return field.isNullable ? `${name} IS NULL OR (${condition})` : ofPresent(name, condition);
}

/** Every other condition is not true for NULL by itself, and each condition costs time in each row. */
function ofPresent(name: string, condition: string): string {
  return condition === "true" ? `${name} IS NOT NULL` : condition;
}

function valueCondition({ accepts }: FieldCheck, column: EngineColumn): Condition {
  const name = sqlName(column.name);
  const { type } = column;
  switch (accepts) {
    case "integer":
      return integerCondition(column);
    case "decimal":
      if (type === "text") return `regexp_full_match(${name}, '[+-]?[0-9]{1,15}([.][0-9]{0,15})?')`;
      return isWhole(column) || type === "decimal" ? "true" : finiteCondition(column);
    case "number":
      if (type === "integer" || type === "unsigned") return "true";
      if (type === "decimal") return column.scale > 0 && column.precision <= DIGITS_OF_DOUBLE ? "true" : null;
      return finiteCondition(column);
    case "bigint":
      if (type === "long") return "true";
      return type === "decimal" && column.scale === 0 && column.precision <= DIGITS_OF_INT64 ? "true" : null;
    case "text":
      if (type === "date") return `${name} ${DATES}`;
      return type === "text" ? "true" : null;
    case "boolean":
      return type === "boolean" ? "true" : null;
    case "anything":
      return anyCondition(column);
  }
}

function integerCondition(column: EngineColumn): Condition {
  const name = sqlName(column.name);
  switch (column.type) {
    case "integer":
    case "unsigned":
      return "true";
    case "long":
      return `${name} BETWEEN ${-SAFE} AND ${SAFE}`;
    case "float":
    case "double":
      // As doubles, since the limit itself is no float.
      return `isfinite(${name}) AND trunc(${name}) = ${name} AND abs(CAST(${name} AS DOUBLE)) <= CAST(${SAFE} AS DOUBLE)`;
    case "decimal":
      return column.scale === 0 && column.precision <= DIGITS_OF_DOUBLE ? "true" : null;
    case "text":
      return `regexp_full_match(${name}, '[+-]?[0-9]{1,15}')`;
    default:
      return null;
  }
}

/** Every value of these types has a faithful encoding. */
function anyCondition(column: EngineColumn): Condition {
  const name = sqlName(column.name);
  switch (column.type) {
    case "float":
    case "double":
      return finiteCondition(column);
    case "date":
      return `${name} ${DATES}`;
    case "timestamp":
    case "timestamp-ns":
      return `isfinite(${name})`;
    case "decimal":
      return column.scale > 0 || column.precision <= DIGITS_OF_INT64 ? "true" : null;
    default:
      return "true";
  }
}

function finiteCondition({ name, type }: EngineColumn): Condition {
  return type === "float" || type === "double" ? `isfinite(${sqlName(name)})` : null;
}

function isWhole({ type }: EngineColumn): boolean {
  return type === "integer" || type === "unsigned" || type === "long";
}
