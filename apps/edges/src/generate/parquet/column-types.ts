/** Types of Parquet columns, flat and nested, and values of each with NULLs at every depth. */
import fc from "fast-check";
import { writtenJson, jsonNodes } from "../json/json-node.ts";

export type ColumnType =
  | { readonly kind: "scalar"; readonly name: ScalarName }
  | { readonly kind: "list"; readonly item: ColumnType }
  | { readonly kind: "struct"; readonly fields: readonly (readonly [name: string, type: ColumnType])[] }
  | { readonly kind: "map"; readonly value: ColumnType };

/** A struct by the order of its fields, a map as pairs. */
export type ColumnValue = null | boolean | number | bigint | string | Uint8Array | readonly ColumnValue[];

interface Scalar {
  readonly sql: string;
  readonly values: fc.Arbitrary<ColumnValue>;
}

const INT64 = 2n ** 63n;
const DAYS_MAX = 40_000;
const US_MAX = 4_000_000_000_000_000n;
const US_PER_DAY = 86_400_000_000n;
const HALF_OF_PAIR = /\\u[dD][89a-fA-F]/;
const FIELDS_MAX = 3;
const ITEMS_MAX = 3;
const TEXT_UNITS = ["a", "Z", "0", " ", "é", "日", "🙂", "'", '"', "\\", "\n", "\ufeff", ",", "\u00a0"] as const;

/** No text begins with U+FEFF, because the second reader's client leaves it out there. */
const texts = fc
  .array(fc.constantFrom(...TEXT_UNITS), { maxLength: 5 })
  .map((units) => units.join("").replace(/^\ufeff+/, ""));
const int = (min: number, max: number): fc.Arbitrary<ColumnValue> =>
  fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max, 0));
const unscaled = (digits: number): fc.Arbitrary<ColumnValue> =>
  fc.bigInt({ min: -(10n ** BigInt(digits)) + 1n, max: 10n ** BigInt(digits) - 1n });
const wholes = fc.oneof(
  fc.bigInt({ min: -INT64, max: INT64 - 1n }),
  fc.constantFrom(9_007_199_254_740_991n, 9_007_199_254_740_993n, -INT64, 0n),
);

const SCALARS = {
  boolean: { sql: "BOOLEAN", values: fc.boolean() },
  tinyint: { sql: "TINYINT", values: int(-128, 127) },
  smallint: { sql: "SMALLINT", values: int(-32_768, 32_767) },
  integer: { sql: "INTEGER", values: int(-2_147_483_648, 2_147_483_647) },
  bigint: { sql: "BIGINT", values: wholes },
  utinyint: { sql: "UTINYINT", values: int(0, 255) },
  usmallint: { sql: "USMALLINT", values: int(0, 65_535) },
  uinteger: { sql: "UINTEGER", values: int(0, 4_294_967_295) },
  ubigint: {
    sql: "UBIGINT",
    values: fc.oneof(fc.bigInt({ min: 0n, max: 2n * INT64 - 1n }), fc.constant(2n ** 64n - 1n)),
  },
  float: { sql: "FLOAT", values: fc.float() },
  double: { sql: "DOUBLE", values: fc.double() },
  "decimal-short": { sql: "DECIMAL(4,1)", values: unscaled(4) },
  "decimal-middle": { sql: "DECIMAL(9,2)", values: unscaled(9) },
  "decimal-long": { sql: "DECIMAL(18,6)", values: unscaled(18) },
  "decimal-whole": { sql: "DECIMAL(18,0)", values: unscaled(18) },
  "decimal-wide": { sql: "DECIMAL(38,10)", values: unscaled(38) },
  text: { sql: "VARCHAR", values: texts },
  bytes: { sql: "BLOB", values: fc.uint8Array({ maxLength: 5 }) },
  date: { sql: "DATE", values: fc.integer({ min: -DAYS_MAX, max: DAYS_MAX }) },
  time: { sql: "TIME", values: fc.bigInt({ min: 0n, max: US_PER_DAY - 1n }) },
  timestamp: { sql: "TIMESTAMP", values: fc.bigInt({ min: -US_MAX, max: US_MAX }) },
  "timestamp-zoned": { sql: "TIMESTAMPTZ", values: fc.bigInt({ min: -US_MAX, max: US_MAX }) },
  "timestamp-ms": { sql: "TIMESTAMP_MS", values: fc.bigInt({ min: -US_MAX, max: US_MAX }) },
  uuid: { sql: "UUID", values: fc.uuid() },
  // DuckDB does not take half of a surrogate pair.
  json: { sql: "JSON", values: jsonNodes.map(writtenJson).filter((text) => !HALF_OF_PAIR.test(text)) },
} as const satisfies Readonly<Record<string, Scalar>>;

export type ScalarName = keyof typeof SCALARS;
export const SCALAR_NAMES: readonly ScalarName[] = Object.keys(SCALARS) as ScalarName[];

/** Names that mean something in the layout of lists and maps among them. */
const fieldNames = fc.constantFrom(
  "a",
  "b",
  "Größe",
  "with space",
  "x.y",
  "key",
  "value",
  "list",
  "element",
  "array",
  "key_value",
  "bag",
  "constructor",
);

export function columnTypes(scalars: readonly ScalarName[]): fc.Arbitrary<ColumnType> {
  return fc.letrec<{ type: ColumnType }>((tie) => ({
    type: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom(...scalars).map((name): ColumnType => ({ kind: "scalar", name })),
      tie("type").map((item): ColumnType => ({ kind: "list", item })),
      structs(tie("type")),
      tie("type").map((value): ColumnType => ({ kind: "map", value })),
    ),
  })).type;
}

function structs(type: fc.Arbitrary<ColumnType>): fc.Arbitrary<ColumnType> {
  const fields = fc.uniqueArray(fc.tuple(fieldNames, type), {
    selector: ([name]) => name.toLowerCase(),
    minLength: 1,
    maxLength: FIELDS_MAX,
  });
  return fields.map((named): ColumnType => ({ kind: "struct", fields: named }));
}

export function valuesOf(type: ColumnType): fc.Arbitrary<ColumnValue> {
  return fc.option(presentValuesOf(type), { freq: 4, nil: null });
}

function presentValuesOf(type: ColumnType): fc.Arbitrary<ColumnValue> {
  switch (type.kind) {
    case "scalar":
      return SCALARS[type.name].values;
    case "list":
      return fc.array(valuesOf(type.item), { maxLength: ITEMS_MAX });
    case "struct":
      return fc.tuple(...type.fields.map(([, field]) => valuesOf(field)));
    case "map":
      return fc.uniqueArray(fc.tuple(texts, valuesOf(type.value)), { selector: ([key]) => key, maxLength: ITEMS_MAX });
  }
}

export function sqlType(type: ColumnType): string {
  switch (type.kind) {
    case "scalar":
      return SCALARS[type.name].sql;
    case "list":
      return `${sqlType(type.item)}[]`;
    case "struct":
      return `STRUCT(${type.fields.map(([name, field]) => `${sqlName(name)} ${sqlType(field)}`).join(", ")})`;
    case "map":
      return `MAP(VARCHAR, ${sqlType(type.value)})`;
  }
}

export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
