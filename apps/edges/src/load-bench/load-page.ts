/** The figures of the bench of loads as a page, with ratios to the first approach. */
import { cpus, loadavg, totalmem } from "node:os";
import { type HttpRow, httpTable } from "@trilane/feature-api/bench";
import type { LoadFigures } from "./load-approaches.ts";

export interface LoadPageOptions {
  readonly rounds: number;
  readonly rows: number;
  readonly keys: number;
  readonly feastVersion: string;
}

const BYTES_PER_GIB = 1_024 ** 3;

/** Takes the median of each figure by itself. */
export function medianFigures(rounds: readonly LoadFigures[]): LoadFigures {
  const [first] = rounds;
  if (first === undefined) throw new RangeError("no rounds were counted: give --rounds 1 or more");
  const middle = (figure: (of: LoadFigures) => number): number =>
    rounds.map(figure).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? Number.NaN;
  return {
    name: first.name,
    seconds: middle(({ seconds }) => seconds),
    processSeconds: middle(({ processSeconds }) => processSeconds),
    cpuSeconds: middle(({ cpuSeconds }) => cpuSeconds),
    memoryMiB: middle(({ memoryMiB }) => memoryMiB),
    storeWrites: middle(({ storeWrites }) => storeWrites),
  };
}

export interface BenchFigures {
  readonly loads: readonly LoadFigures[];
  readonly reads: readonly HttpRow[];
}

export function loadPage(
  { loads, reads }: BenchFigures,
  { rounds, rows, keys, feastVersion }: LoadPageOptions,
): string {
  const count = (value: number): string => value.toLocaleString("en-US");
  const load = (loadavg()[0] ?? 0).toFixed(0);
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}, ${Math.round(totalmem() / BYTES_PER_GIB)} GiB`;
  return `# Loads beside Feast

Made by \`npm run bench -- --feast --rounds ${rounds}\`: the median of ${rounds} rounds after a warm-up, all approaches in turn in
every round, on the same servers. Each loads the same Parquet file of ${count(rows)} flights onto the ${count(keys)} routes that they
flew, with times in UTC (where times carry no zone, Feast converts each by itself, which takes it six times its CPU).
Machine: ${machine}, Node.js ${process.version}; all servers share it.
Its load average at the end was ${load}, of which other work than the bench is a part above about 2.

Feast ${feastVersion} reads a local file and writes to one store; its CPU is that of \`materialize\` alone, in a
process that has materialized a row before. The batch lane reads the file from S3, keeps checkpoints, and writes to the store and through
the cache; its CPU is that of its whole process and of its engine's, and its writes are all that it makes in the table.
Memory is the largest sum over the processes of an approach, with what they share counted for each.

${table(loads, keys)}
## Reads of what was loaded

Over HTTP, 64 connections with one request at a time each; Feast's server has one worker, and reads its features from
the cache's server. The API of this project has the records in its cache. The CPU is that of the server's processes.

${httpTable(reads)}`;
}

function table(all: readonly LoadFigures[], keys: number): string {
  const [base] = all;
  const head = [
    "load",
    "time",
    "ratio",
    "whole process",
    "client CPU",
    "ratio",
    "memory",
    "store writes",
    "store writes per key",
  ];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const ratio = (value: number, to: number | undefined): string => `${(value / (to ?? value)).toFixed(2)}×`;
  const rows = all.map(({ name, seconds, processSeconds, cpuSeconds, memoryMiB, storeWrites }) =>
    line([
      name,
      `${seconds.toFixed(2)} s`,
      ratio(seconds, base?.seconds),
      `${processSeconds.toFixed(2)} s`,
      `${cpuSeconds.toFixed(2)} s`,
      ratio(cpuSeconds, base?.cpuSeconds),
      `${memoryMiB} MiB`,
      storeWrites.toLocaleString("en-US"),
      (storeWrites / keys).toFixed(3),
    ]),
  );
  return line(head) + line(head.map((_, index) => (index === 0 ? "---" : "---:"))) + rows.join("");
}
