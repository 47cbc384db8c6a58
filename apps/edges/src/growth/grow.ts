/**
 * Measures a load of many flights into a store in memory, so that the figures
 * are those of the lane and its engine. Text goes row by row. The files are written by one
 * process and loaded by another one, which does nothing else.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { FlightFormat } from "./flight-files.ts";

export interface GrowthFigures {
  readonly objects: number;
  readonly rows: number;
  readonly keys: number;
  readonly storeWrites: number;
  readonly seconds: number;
  readonly laneCpuSeconds: number;
  readonly engineCpuSeconds: number;
  /** The largest memory of the lane's process, which has the store as well. */
  readonly laneMiB: number;
  /** The memory in use of it that the store and the cache have at the end. */
  readonly storeMiB: number;
  /** The largest memory of the engine's process. */
  readonly engineMiB: number;
  /** The largest size of the engine's own files: its tables, and what did not fit into its memory. */
  readonly spillMiB: number;
  readonly bytesRead: number;
  /** Why units went row by row; of Parquet they are not loaded. */
  readonly rowByRow: readonly string[];
}

export interface GrowOptions {
  /** Each with 3,000,000 flights. */
  readonly files: number;
  /** The flights of each file lie in so many objects. */
  readonly objects: number;
  readonly format: FlightFormat;
  /** The bound of the lane's heap; null: the one that Node.js chooses by the machine's memory. */
  readonly heapMiB: number | null;
}

const run = promisify(execFile);

export async function grow({ files, objects, format, heapMiB }: GrowOptions): Promise<GrowthFigures> {
  const folder = await mkdtemp(join(tmpdir(), "trilane-growth-"));
  const flights = join(folder, "flights");
  try {
    await mkdir(flights);
    await run(process.execPath, [pathOf("make-flights.ts"), flights, String(files), String(objects), format]);
    const heap = heapMiB === null ? [] : [`--max-old-space-size=${heapMiB}`];
    const args = [...heap, "--expose-gc", pathOf("measured-load.ts"), flights, join(folder, "engine")];
    const { stdout } = await run(process.execPath, args);
    return JSON.parse(stdout) as GrowthFigures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
