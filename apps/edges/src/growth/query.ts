import { DuckDBInstance } from "@duckdb/node-api";

/** Answers the values of all rows, from a database of its own. */
export async function query(sql: string): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  try {
    const connection = await instance.connect();
    const rows = (await connection.runAndReadAll(sql)).getRows();
    connection.closeSync();
    return rows;
  } finally {
    instance.closeSync();
  }
}
