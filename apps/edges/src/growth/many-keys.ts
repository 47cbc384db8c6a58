/**
 * `edges many-keys`: a load of millions of rows with a key each, into a store in
 * memory, by the engine or row by row. The files are written by this process and
 * loaded by another one, which does nothing else.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";

export type LoadPath = "engine" | "rows";

export interface ManyKeysFigures {
  readonly path: LoadPath;
  readonly keys: number;
  readonly storeWrites: number;
  readonly seconds: number;
  readonly laneCpuUsPerKey: number;
  readonly engineCpuUsPerKey: number;
  /** The largest memory of the lane's process, which has the store as well. */
  readonly laneMiB: number;
  /** The heap that is in use at the end, when the lane is done: that of the store. */
  readonly storeMiB: number;
  readonly engineMiB: number;
  /** Why units did not take the engine's path. */
  readonly rowByRow: readonly string[];
}

export interface ManyKeysOptions {
  readonly keys: number;
  readonly path: LoadPath;
  /** The bound of the lane's heap, which the store shares. */
  readonly heapMiB: number;
}

const ROWS_OF_FILE = 1_000_000;
/** Ten million keys and versions need about 3 GiB. */
export const KEYS_HEAP_MIB = 12_288;
const PROCESS = fileURLToPath(new URL("many-keys-process.ts", import.meta.url));

export async function loadManyKeys({ keys, path, heapMiB }: ManyKeysOptions): Promise<ManyKeysFigures> {
  const folder = await mkdtemp(join(tmpdir(), "trilane-many-keys-"));
  try {
    await writeKeyFiles(folder, keys);
    const heap = [`--max-old-space-size=${heapMiB}`, "--expose-gc"];
    const { stdout } = await promisify(execFile)(process.execPath, [...heap, PROCESS, folder, path]);
    return JSON.parse(stdout) as ManyKeysFigures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Neighbours in a file are not neighbours by their key. */
async function writeKeyFiles(folder: string, keys: number): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  try {
    const connection = await instance.connect();
    for (let from = 0, file = 0; from < keys; from += ROWS_OF_FILE, file += 1) {
      await connection.run(`COPY (SELECT 'entity-' || (range * 7919 % ${keys}) AS entity,
          TIMESTAMP '2001-01-01' + INTERVAL 1 SECOND * range AS date, (range % 200)::INTEGER AS delay, 100 AS distance
        FROM range(${from}, ${Math.min(keys, from + ROWS_OF_FILE)}))
        TO '${join(folder, `${file}.parquet`)}' (FORMAT parquet, COMPRESSION zstd)`);
    }
    connection.closeSync();
  } finally {
    instance.closeSync();
  }
}
