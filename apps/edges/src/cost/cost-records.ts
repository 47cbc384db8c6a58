/** The records whose costs are counted: the same for all lanes, as a Parquet file and as objects. */
import { DuckDBInstance } from "@duckdb/node-api";

export type KeyKind = "hot" | "cold";

export interface CostRecords {
  readonly count: number;
  readonly keys: KeyKind;
}

/** Records of a hot key; a cold key has one. */
export const RECORDS_OF_HOT_KEY = 200;
const FIRST = "TIMESTAMP '2001-01-01'";
const FIRST_MS = Date.UTC(2001, 0, 1);
const MS_PER_MINUTE = 60_000;

/** The key of hot records is among few; each next record of all is a minute later. */
export async function writeCostFile(path: string, { count, keys }: CostRecords): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  try {
    const connection = await instance.connect();
    await connection.run(`COPY (SELECT '${keys}' || (range % ${keyCount({ count, keys })}) AS origin, 'X' AS destination,
        ${FIRST} + INTERVAL 1 MINUTE * range AS date, (range % 200)::INTEGER AS delay, 100 AS distance
      FROM range(${count})) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`);
    connection.closeSync();
  } finally {
    instance.closeSync();
  }
}

export function costRecord(number: number, records: CostRecords): object {
  const date = new Date(FIRST_MS + number * MS_PER_MINUTE).toISOString();
  return { ...costKey(number, records), date, delay: number % 200, distance: 100 };
}

export function costKey(number: number, records: CostRecords): object {
  return { origin: `${records.keys}${number % keyCount(records)}`, destination: "X" };
}

export function keyCount({ count, keys }: CostRecords): number {
  return keys === "cold" ? count : Math.max(1, Math.round(count / RECORDS_OF_HOT_KEY));
}
