/** Generated values as SQL, each with its type. */
import { type ColumnType, type ColumnValue, type ScalarName, sqlName, sqlType } from "./column-types.ts";

const HEX = 16;

export function sqlValue(type: ColumnType, value: ColumnValue): string {
  if (value === null) return `NULL::${sqlType(type)}`;
  switch (type.kind) {
    case "scalar":
      return scalarSql(type.name, value);
    case "list":
      return `[${itemsOf(value)
        .map((item) => sqlValue(type.item, item))
        .join(", ")}]::${sqlType(type)}`;
    case "struct": {
      const items = itemsOf(value);
      const fields = type.fields.map(
        ([name, field], index) => `${sqlName(name)}: ${sqlValue(field, items[index] ?? null)}`,
      );
      return `{${fields.join(", ")}}`;
    }
    case "map":
      return mapSql(type.value, itemsOf(value));
  }
}

export function itemsOf(value: ColumnValue): readonly ColumnValue[] {
  return Array.isArray(value) ? (value as readonly ColumnValue[]) : [];
}

function mapSql(valueType: ColumnType, entries: readonly ColumnValue[]): string {
  const type = `MAP(VARCHAR, ${sqlType(valueType)})`;
  const pairs = entries.map((entry) => itemsOf(entry));
  const keys = pairs.map(([key]) => quoted(String(key)));
  const values = pairs.map(([, value = null]) => sqlValue(valueType, value));
  return `map([${keys.join(", ")}]::VARCHAR[], [${values.join(", ")}]::${sqlType(valueType)}[])::${type}`;
}

function scalarSql(name: ScalarName, value: ColumnValue): string {
  const type = sqlType({ kind: "scalar", name });
  switch (name) {
    case "bytes": {
      const bytes = value instanceof Uint8Array ? [...value] : [];
      return `'${bytes.map((byte) => `\\x${byte.toString(HEX).padStart(2, "0")}`).join("")}'::BLOB`;
    }
    case "decimal-short":
      return `${quoted(decimalText(value, 1))}::${type}`;
    case "decimal-middle":
      return `${quoted(decimalText(value, 2))}::${type}`;
    case "decimal-long":
      return `${quoted(decimalText(value, 6))}::${type}`;
    case "decimal-wide":
      return `${quoted(decimalText(value, 10))}::${type}`;
    case "date":
      return `(DATE '1970-01-01' + (${String(value)})::INTEGER)`;
    case "time":
      return `(TIME '00:00:00' + to_microseconds(${String(value)}))`;
    case "timestamp":
    case "timestamp-ms":
      return `make_timestamp(${String(value)})::${type}`;
    case "timestamp-zoned":
      return `make_timestamptz(${String(value)})`;
    default:
      return `${quoted(String(value))}::${type}`;
  }
}

function decimalText(value: ColumnValue, scale: number): string {
  const unscaled = typeof value === "bigint" ? value : 0n;
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
