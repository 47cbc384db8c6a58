/**
 * Writes a generated Parquet file with hyparquet-writer: small pages and row
 * groups, by its schema.
 */
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { ColumnType, ColumnValue, ScalarName } from "./column-types.ts";
import type { HyparquetWriting, ParquetCase } from "./parquet-case.ts";
import { itemsOf } from "./sql-value.ts";

type SchemaElement = NonNullable<Parameters<typeof parquetWriteBuffer>[0]["schema"]>[number];

const OPTIONAL = { repetition_type: "OPTIONAL" } as const;
const REPEATED = { repetition_type: "REPEATED" } as const;
/** The precision and scale of this writer's decimals. */
export const DECIMAL = { precision: 18, scale: 6 } as const;
const MS_PER_DAY = 86_400_000;

const compressors = {
  GZIP: (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes)),
  ZSTD: (bytes: Uint8Array) => new Uint8Array(zstdCompressSync(bytes)),
  BROTLI: (bytes: Uint8Array) => new Uint8Array(brotliCompressSync(bytes)),
};

export function hyparquetFile({ columns }: ParquetCase, writing: HyparquetWriting): Uint8Array {
  const root: SchemaElement = { name: "root", num_children: columns.length };
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: columns.map(({ name, type, values }) => ({
        name,
        data: values.map((value) => written(type, value)),
      })),
      schema: [root, ...columns.flatMap(({ name, type }) => elementsOf(name, type))],
      codec: writing.codec,
      compressors,
      pageSize: writing.pageBytes,
      rowGroupSize: writing.rowGroupRows,
      ...(writing.hasDictionary ? {} : { dictionarySize: 0 }),
    }),
  );
}

function elementsOf(name: string, type: ColumnType): readonly SchemaElement[] {
  switch (type.kind) {
    case "scalar":
      return [{ name, ...OPTIONAL, ...scalarElement(type.name) }];
    case "list":
      return [
        { name, ...OPTIONAL, num_children: 1, converted_type: "LIST" },
        { name: "list", ...REPEATED, num_children: 1 },
        ...elementsOf("element", type.item),
      ];
    case "struct":
      return [
        { name, ...OPTIONAL, num_children: type.fields.length },
        ...type.fields.flatMap(([field, inner]) => elementsOf(field, inner)),
      ];
    case "map":
      return [
        { name, ...OPTIONAL, num_children: 1, converted_type: "MAP" },
        { name: "key_value", ...REPEATED, num_children: 2 },
        { name: "key", repetition_type: "REQUIRED", type: "BYTE_ARRAY", converted_type: "UTF8" },
        ...elementsOf("value", type.value),
      ];
  }
}

function scalarElement(name: ScalarName): Omit<SchemaElement, "name"> {
  switch (name) {
    case "boolean":
      return { type: "BOOLEAN" };
    case "integer":
      return { type: "INT32" };
    case "bigint":
      return { type: "INT64" };
    case "double":
      return { type: "DOUBLE" };
    case "bytes":
      return { type: "BYTE_ARRAY" };
    case "date":
      return { type: "INT32", converted_type: "DATE" };
    case "timestamp":
      return { type: "INT64", converted_type: "TIMESTAMP_MICROS" };
    case "decimal-long":
      return { type: "INT64", converted_type: "DECIMAL", ...DECIMAL };
    default:
      return { type: "BYTE_ARRAY", converted_type: "UTF8" };
  }
}

function written(type: ColumnType, value: ColumnValue): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case "scalar":
      return type.name === "date" ? new Date(Number(value) * MS_PER_DAY) : value;
    case "list":
      return itemsOf(value).map((item) => written(type.item, item));
    case "struct":
      return Object.fromEntries(
        type.fields.map(([name, field], index) => [name, written(field, itemsOf(value)[index] ?? null)]),
      );
    case "map":
      return itemsOf(value).map((entry) => {
        const [key, inner = null] = itemsOf(entry);
        return { key, value: written(type.value, inner) };
      });
  }
}
