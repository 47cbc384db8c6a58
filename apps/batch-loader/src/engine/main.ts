/**
 * The process of the engine. It runs the statements of one load in DuckDB, and
 * ends with the load.
 *
 * The files come from outside, so the engine has no network, no extensions and
 * no files but those of its folder, and its memory is bounded. Whatever a
 * damaged file does to it ends this process alone, and the load goes on row by
 * row. It loads no code of the lane but its own few lines, so that it starts soon.
 */
import { flushCompileCache } from "node:module";
import { setPriority } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from "@duckdb/node-api";
import type { EngineValue } from "./engine-column.ts";
import {
  type EngineCall,
  type EngineColumns,
  type EngineReply,
  type EngineRequest,
  type EngineSettings,
  TOO_MUCH_MEMORY,
} from "./messages.ts";
import { sqlText } from "./sql-text.ts";

/** In a file, so that tables beyond the memory are compressed and read where they lie. */
const DATABASE = "engine.db";
/** Milliseconds between two looks at the memory of this process. */
const LOOK_MS = 50;

let instance: DuckDBInstance | null = null;
let connection: DuckDBConnection | null = null;
let query: DuckDBResult | null = null;
let residentBytesMax = Number.POSITIVE_INFINITY;

// Calls come one after the other, because the load waits for each answer.
process.on("message", (request: EngineRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.on("disconnect", () => process.exit());
setInterval(endWithTooMuch, LOOK_MS).unref();

async function answer({ id, call }: EngineRequest): Promise<EngineReply> {
  try {
    return { id, kind: "done", columns: await resultOf(call) };
  } catch (error) {
    return {
      id,
      kind: isMissing(error) ? "missing" : "refused",
      message: error instanceof Error ? error.message : String(error),
    };
  }
}

async function resultOf(call: EngineCall): Promise<EngineColumns> {
  switch (call.kind) {
    case "open":
      yieldProcessor(call.settings);
      ({ residentBytesMax = Number.POSITIVE_INFINITY } = call.settings);
      connection = await open(call.settings);
      return [];
    case "run":
      return columnsOf((await opened().runAndReadAll(call.sql)).getColumns());
    case "begin":
      query = await opened().stream(call.sql);
      return [];
    case "next":
      return nextRows(call.rows);
  }
}

/** The engine's limit does not count all that it takes, and a load is better off row by row than without memory. */
function endWithTooMuch(): void {
  if (process.memoryUsage.rss() > residentBytesMax) process.exit(TOO_MUCH_MEMORY);
}

/** Other programs of the machine come first. Where that is not allowed, the engine runs as they do. */
function yieldProcessor({ priority = 0 }: EngineSettings): void {
  try {
    if (priority > 0) setPriority(priority);
  } catch {
    // The result is the same.
  }
}

async function open({ folder, workFolder, memoryBytesMax, threads }: EngineSettings): Promise<DuckDBConnection> {
  const engine = await import("@duckdb/node-api");
  // The load ends this process with a signal, so compiled code would be lost with it.
  flushCompileCache();
  // A process that is used again forgets everything of the load before.
  query = null;
  connection?.closeSync();
  instance?.closeSync();
  instance = await engine.DuckDBInstance.create(join(workFolder, DATABASE), {
    threads: String(threads),
    memory_limit: `${memoryBytesMax}B`,
    temp_directory: workFolder,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
    preserve_insertion_order: "false",
  });
  const opened = await instance.connect();
  // A file's statistics are claims that the row path does not believe either.
  await opened.run("SET disabled_optimizers = 'statistics_propagation,join_filter_pushdown'");
  await opened.run("SET enable_external_file_cache = false");
  await opened.run(`SET allowed_directories = [${sqlText(`${folder}/`)}]`);
  await opened.run("SET enable_external_access = false");
  await opened.run("SET lock_configuration = true");
  return opened;
}

function opened(): DuckDBConnection {
  if (connection === null) throw new Error("the engine is not open");
  return connection;
}

async function nextRows(rowsMin: number): Promise<EngineColumns> {
  const columns: EngineValue[][] = [];
  for (let rows = 0; rows < rowsMin && query !== null;) {
    const chunk = await query.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) {
      query = null;
      break;
    }
    columnsOf(chunk.getColumns()).forEach((values, index) => {
      const column = (columns[index] ??= []);
      for (const value of values) column.push(value);
    });
    rows += chunk.rowCount;
  }
  return columns;
}

/** The statements select no values of other types. */
function columnsOf(columns: readonly (readonly unknown[])[]): EngineColumns {
  return columns as EngineColumns;
}

function isMissing(error: unknown): boolean {
  // The second one is that of the engine's binary for this platform.
  const codes: readonly unknown[] = ["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"];
  return error instanceof Error && "code" in error && codes.includes(error.code);
}
