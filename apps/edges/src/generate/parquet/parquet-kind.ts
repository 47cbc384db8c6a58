/** Parquet by two writers. The right result is what DuckDB reads from the same bytes. */
import { edgeKind } from "../kind.ts";
import { readObject } from "../read-object.ts";
import { DuckDbFiles } from "./duckdb-files.ts";
import { hyparquetFile } from "./hyparquet-file.ts";
import { type ParquetCase, parquetCases } from "./parquet-case.ts";
import { valueProblem } from "./value-problem.ts";

const CHUNK_BYTES = 65_536;

export const parquetKind = edgeKind<ParquetCase>(
  "parquet",
  "Parquet by DuckDB and hyparquet-writer, all types flat and nested, NULLs at every depth; right is what DuckDB reads",
  async () => {
    const files = await DuckDbFiles.open();
    const bytesOf = (one: ParquetCase): Uint8Array | Promise<Uint8Array> =>
      one.writing.writer === "duckdb" ? files.write(one, one.writing) : hyparquetFile(one, one.writing);
    return {
      cases: parquetCases,
      check: async (one) => checkParquet(one, await bytesOf(one), files),
      fileOf: async (one) => ({ extension: "parquet", bytes: await bytesOf(one) }),
      close: () => files.close(),
    };
  },
);

async function checkParquet(one: ParquetCase, bytes: Uint8Array, files: DuckDbFiles): Promise<void> {
  const { columns, recordsPerSlice } = one;
  const right = await files.read(bytes);
  const found = await readObject({
    name: "a.parquet",
    bytes,
    columnsNeeded: columns.map(({ name }) => name),
    chunkBytes: CHUNK_BYTES,
    limits: { recordsPerWrite: recordsPerSlice, parquetPieceValuesMax: recordsPerSlice },
  });
  if (found.refusal !== null) throw new Error(found.refusal.message);
  if (found.rows.length !== right.length) throw new Error(`${found.rows.length} rows, DuckDB reads ${right.length}`);
  for (const [row, { input, order }] of found.rows.entries()) {
    if (order !== row + 1) throw new Error(`row ${row + 1} has the place ${order}`);
    const fields = new Map(Object.entries(input as object));
    for (const [index, { name, type }] of columns.entries()) {
      const problem = valueProblem(type, fields.get(name), right[row]?.[index] ?? null, `row ${row + 1}, ${name}`);
      if (problem !== null) throw new Error(problem);
    }
  }
}
