/**
 * The list of the column types that the engine may read: for these its equality
 * and its order are those of a record's key and version, and its values become
 * exactly the values of the row path. Every other column makes its object take
 * the row path.
 */
import type { SchemaElement } from "hyparquet";
import type { ReadColumn } from "../formats/parquet/footer.ts";
import { decimalOf, parquetParsers } from "../formats/parquet/parsers.ts";
import { sqlName, sqlText } from "./sql-text.ts";

export type EngineType =
  | "text"
  | "integer"
  | "unsigned"
  | "long"
  | "boolean"
  | "float"
  | "double"
  | "date"
  | "timestamp"
  | "timestamp-ns"
  | "decimal";

export interface EngineColumn {
  readonly name: string;
  readonly type: EngineType;
  /** The digits of a decimal; 0 for other types. */
  readonly precision: number;
  /** The digits of a decimal behind its point; 0 for other types. */
  readonly scale: number;
}

/** A value as the engine's client gives it. */
export type EngineValue = string | number | bigint | boolean | null;

const DECIMAL_DIGITS_MAX = 38;

/** The names that the engine gives to the columns of these types. A file in which it sees others is not read by it. */
const SQL_TYPES: Readonly<Record<Exclude<EngineType, "decimal">, readonly string[]>> = {
  text: ["VARCHAR"],
  integer: ["INTEGER"],
  unsigned: ["UINTEGER"],
  long: ["BIGINT"],
  boolean: ["BOOLEAN"],
  float: ["FLOAT"],
  double: ["DOUBLE"],
  date: ["DATE"],
  timestamp: ["TIMESTAMP", "TIMESTAMP WITH TIME ZONE"],
  "timestamp-ns": ["TIMESTAMP_NS"],
};

/** Null for a column that is not on the list. */
export function engineColumnOf({ name, tree, shape }: ReadColumn): EngineColumn | null {
  const { element, children } = tree;
  if (children.length > 0 || element.repetition_type === "REPEATED") return null;
  if (shape !== null) {
    const { precision = 0 } = element;
    if (shape.kind !== "decimal" || precision < 1 || precision > DECIMAL_DIGITS_MAX) return null;
    return { name, type: "decimal", precision, scale: shape.scale };
  }
  const type = plainType(element);
  return type === null ? null : { name, type, precision: 0, scale: 0 };
}

export function isExpectedType(column: EngineColumn, sqlType: string): boolean {
  if (column.type === "decimal") return sqlType === `DECIMAL(${column.precision},${column.scale})`;
  return SQL_TYPES[column.type].includes(sqlType);
}

/** The value as the row path reads it. */
export function rowValueOf({ type, scale }: EngineColumn, value: EngineValue): unknown {
  if (value === null) return null;
  switch (type) {
    case "text":
      return String(value).slice(1);
    case "date":
      return parquetParsers.dateFromDays?.(Number(value));
    case "timestamp-ns":
      return parquetParsers.timestampFromNanoseconds?.(BigInt(value));
    case "decimal":
      return decimalOf(BigInt(String(value).replace(".", "")), scale);
    default:
      return value;
  }
}

/** The expression of a value that {@link rowValueOf} takes. An infinite time has no such value and is refused. */
export function transferSql({ name, type }: EngineColumn): string {
  const column = sqlName(name);
  switch (type) {
    // The engine's client leaves out a U+FEFF at the start of a text.
    case "text":
      return `'x' || ${column}`;
    case "date":
      return finiteSql(name, `CAST(${column} - DATE '1970-01-01' AS INTEGER)`);
    case "timestamp":
      return finiteSql(name, `epoch_us(${column})`);
    case "timestamp-ns":
      return finiteSql(name, `epoch_ns(${column})`);
    case "decimal":
      return `CAST(${column} AS VARCHAR)`;
    default:
      return column;
  }
}

function finiteSql(name: string, value: string): string {
  const column = sqlName(name);
  const refusal = sqlText(`the column "${name}" holds a time that is infinite for the engine`);
  return `CASE WHEN ${column} IS NULL THEN NULL WHEN isfinite(${column}) THEN ${value} ELSE error(${refusal}) END`;
}

/** The type of a column that is no decimal. */
function plainType({ type, converted_type: converted, logical_type: logical }: SchemaElement): EngineType | null {
  switch (type) {
    case "BOOLEAN":
      return converted === undefined && logical === undefined ? "boolean" : null;
    case "FLOAT":
      return converted === undefined && logical === undefined ? "float" : null;
    case "DOUBLE":
      return converted === undefined && logical === undefined ? "double" : null;
    case "BYTE_ARRAY": {
      const isText = converted === "UTF8" || (converted === undefined && logical?.type === "STRING");
      return isText && (logical === undefined || logical.type === "STRING") ? "text" : null;
    }
    case "INT32":
      return int32Type(converted, logical);
    case "INT64":
      return int64Type(converted, logical);
    default:
      return null;
  }
}

type Converted = SchemaElement["converted_type"];
type Logical = SchemaElement["logical_type"];

function int32Type(converted: Converted, logical: Logical): EngineType | null {
  if (converted === "DATE" || logical?.type === "DATE") return converted === "DATE" ? "date" : null;
  const isWide = logical === undefined || (logical.type === "INTEGER" && logical.bitWidth === 32);
  if (!isWide) return null;
  const isSigned = logical?.type === "INTEGER" ? logical.isSigned : converted !== "UINT_32";
  if (converted === undefined || converted === "INT_32") return isSigned ? "integer" : "unsigned";
  return converted === "UINT_32" && !isSigned ? "unsigned" : null;
}

function int64Type(converted: Converted, logical: Logical): EngineType | null {
  if (logical?.type === "TIMESTAMP") {
    if (logical.unit !== "NANOS") return "timestamp";
    return logical.isAdjustedToUTC ? null : "timestamp-ns";
  }
  if (converted === "TIMESTAMP_MILLIS" || converted === "TIMESTAMP_MICROS") return "timestamp";
  const isSigned = logical === undefined || (logical.type === "INTEGER" && logical.bitWidth === 64 && logical.isSigned);
  return isSigned && (converted === undefined || converted === "INT_64") ? "long" : null;
}
