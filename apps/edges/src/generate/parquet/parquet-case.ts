/** Parquet files: their columns and rows, their writer and its options. */
import fc from "fast-check";
import {
  type ColumnType,
  columnTypes,
  type ColumnValue,
  SCALAR_NAMES,
  type ScalarName,
  valuesOf,
} from "./column-types.ts";

export interface ParquetColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** By row. */
  readonly values: readonly ColumnValue[];
}

export interface ParquetCase {
  readonly columns: readonly ParquetColumn[];
  readonly rows: number;
  readonly writing: DuckDbWriting | HyparquetWriting;
  readonly recordsPerSlice: number;
}

export interface DuckDbWriting {
  readonly writer: "duckdb";
  readonly codec: (typeof DUCKDB_CODECS)[number];
  readonly version: "V1" | "V2";
  readonly hasDictionary: boolean;
  /** How often the rows are doubled, for row groups beyond the first. */
  readonly doublings: number;
}

export interface HyparquetWriting {
  readonly writer: "hyparquet";
  readonly codec: (typeof HYPARQUET_CODECS)[number];
  readonly pageBytes: number;
  readonly rowGroupRows: number;
  readonly hasDictionary: boolean;
}

const DUCKDB_CODECS = ["UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "BROTLI", "LZ4_RAW"] as const;
const HYPARQUET_CODECS = ["UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "BROTLI"] as const;
/** The types that the second writer has. */
const HYPARQUET_SCALARS: readonly ScalarName[] = [
  ...(["boolean", "integer", "bigint", "double", "text", "bytes", "date", "timestamp", "decimal-long"] as const),
];
const COLUMNS_MAX = 3;
const ROWS_MAX = 5;
const DOUBLINGS_MANY = 11;

const duckDbWritings: fc.Arbitrary<DuckDbWriting> = fc.record({
  writer: fc.constant("duckdb"),
  codec: fc.constantFrom(...DUCKDB_CODECS),
  version: fc.constantFrom("V1", "V2"),
  hasDictionary: fc.boolean(),
  doublings: fc.integer({ min: 0, max: 30 }).map((n) => (n === 30 ? DOUBLINGS_MANY : n % 3)),
});
const hyparquetWritings: fc.Arbitrary<HyparquetWriting> = fc.record({
  writer: fc.constant("hyparquet"),
  codec: fc.constantFrom(...HYPARQUET_CODECS),
  pageBytes: fc.constantFrom(1, 8, 40, 1_000_000),
  rowGroupRows: fc.integer({ min: 1, max: ROWS_MAX }),
  hasDictionary: fc.boolean(),
});

export const parquetCases: fc.Arbitrary<ParquetCase> = fc
  .tuple(fc.oneof(duckDbWritings, hyparquetWritings), fc.integer({ min: 1, max: ROWS_MAX }))
  .chain(([writing, rows]) => {
    const scalars = writing.writer === "duckdb" ? SCALAR_NAMES : HYPARQUET_SCALARS;
    const columns = fc
      .array(columnTypes(scalars), { minLength: 1, maxLength: COLUMNS_MAX })
      .chain((types) =>
        fc.tuple(
          ...types.map((type, index) =>
            fc
              .array(valuesOf(type), { minLength: rows, maxLength: rows })
              .map((values): ParquetColumn => ({ name: `column ${index}`, type, values })),
          ),
        ),
      );
    return fc.record({
      columns,
      rows: fc.constant(rows),
      writing: fc.constant(writing),
      recordsPerSlice: fc.integer({ min: 1, max: 4 }).map((n) => (n === 4 ? 100_000 : n)),
    });
  });
