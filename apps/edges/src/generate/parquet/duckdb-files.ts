/** DuckDB as a writer of Parquet files and as their second reader. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import { sqlName, sqlType } from "./column-types.ts";
import type { DuckDbWriting, ParquetCase } from "./parquet-case.ts";
import { sqlValue } from "./sql-value.ts";

const NO_DICTIONARY = "DICTIONARY_SIZE_LIMIT 1,";
const ROW_GROUP_ROWS = 2_048;

export class DuckDbFiles {
  readonly #connection: DuckDBConnection;
  readonly #folder: string;

  static async open(): Promise<DuckDbFiles> {
    const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
    const connection = await instance.connect();
    // The next case has another file of the same name, within the same second.
    await connection.run("SET enable_external_file_cache = false");
    return new DuckDbFiles(connection, await mkdtemp(join(tmpdir(), "edges-")));
  }

  private constructor(connection: DuckDBConnection, folder: string) {
    this.#connection = connection;
    this.#folder = folder;
  }

  async write({ columns, rows }: ParquetCase, writing: DuckDbWriting): Promise<Uint8Array> {
    const { codec, version, hasDictionary, doublings } = writing;
    const names = columns.map(({ name, type }) => `${sqlName(name)} ${sqlType(type)}`);
    await this.#connection.run(`CREATE OR REPLACE TABLE t (${names.join(", ")})`);
    const tuples = Array.from({ length: rows }, (_, row) =>
      columns.map(({ type, values }) => sqlValue(type, values[row] ?? null)).join(", "),
    );
    await this.#connection.run(`INSERT INTO t VALUES ${tuples.map((tuple) => `(${tuple})`).join(", ")}`);
    for (let done = 0; done < doublings; done += 1) await this.#connection.run("INSERT INTO t SELECT * FROM t");
    const options = `FORMAT parquet, CODEC '${codec}', PARQUET_VERSION ${version}, ${hasDictionary ? "" : NO_DICTIONARY} ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`;
    await this.#connection.run(`COPY t TO '${this.#path()}' (${options})`);
    return readFile(this.#path());
  }

  /** All rows, each by the order of its columns. */
  async read(bytes: Uint8Array): Promise<readonly (readonly DuckDBValue[])[]> {
    await writeFile(this.#path(), bytes);
    const answer = await this.#connection.runAndReadAll(`SELECT * FROM read_parquet('${this.#path()}')`);
    return answer.getRows();
  }

  async close(): Promise<void> {
    this.#connection.closeSync();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #path(): string {
    return join(this.#folder, "case.parquet");
  }
}
