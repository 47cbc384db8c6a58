/** Large Parquet files, written by DuckDB. */
import { DuckDBInstance } from "@duckdb/node-api";

const STATIONS = 5_000;
const UNNEEDED_COLUMNS = 55;
const NEEDED = `'s' || (range % ${STATIONS}) AS station, make_timestamp(1704067200000000 + range * 1000000) AS observed_at,
  range AS number, range / 2 AS value, CASE WHEN range % 7 = 0 THEN 'poor' ELSE 'good' END AS quality`;

/** Columns of text beside the five that are needed. */
export async function writeWideParquet(path: string, rows: number): Promise<void> {
  const text = (column: number): string => `(hash(range * 64 + ${column}) % 100000000)::varchar AS text_${column}`;
  const columns = Array.from({ length: UNNEEDED_COLUMNS }, (_, column) => text(column));
  await write(path, `SELECT ${NEEDED}, ${columns.join(", ")} FROM range(${rows})`, "COMPRESSION snappy");
}

/** One row group; all columns but one have a single value. */
export async function writeConstantParquet(path: string, rows: number): Promise<void> {
  const columns = `'s' AS station, TIMESTAMP '2024-01-01' AS observed_at, range AS number, 1.5::double AS value, 'good' AS quality`;
  await write(
    path,
    `SELECT ${columns} FROM range(${rows})`,
    `COMPRESSION zstd, ROW_GROUP_SIZE ${Math.max(2_048, rows)}`,
  );
}

async function write(path: string, query: string, options: string): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  try {
    await connection.run("SET preserve_insertion_order = false");
    await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet, ${options})`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
