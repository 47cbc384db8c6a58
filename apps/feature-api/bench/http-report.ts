/** The figures of the HTTP benchmark as a page, with ratios to the hand-written server. */
import { cpus } from "node:os";

export interface HttpRow {
  readonly load: string;
  readonly name: string;
  readonly perSecond: number;
  /** Microseconds of the server process's CPU for each request. */
  readonly cpuUs: number;
  readonly p99Ms: number;
}

export interface HttpRun {
  readonly requests: number;
  readonly rounds: number;
  readonly connections: number;
}

/** Takes the median of each figure by itself. */
export function medianRow(rows: readonly HttpRow[]): HttpRow {
  const [first] = rows;
  if (first === undefined) throw new RangeError("no rounds were counted: give --rounds 1 or more");
  const middle = (figure: (row: HttpRow) => number): number => {
    const sorted = rows.map(figure).toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  };
  return {
    ...first,
    perSecond: middle((row) => row.perSecond),
    cpuUs: middle((row) => row.cpuUs),
    p99Ms: middle((row) => row.p99Ms),
  };
}

export function httpReport(rows: readonly HttpRow[], { requests, rounds, connections }: HttpRun): string {
  return `# Reads over HTTP beside a server by hand

Made by \`npm run bench-http -- --requests ${requests} --rounds ${rounds}\`: the median of ${rounds} rounds after a warm-up,
all approaches in turn in every round, on the same cache, ${connections} connections with one request at a time each.
Machine: ${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}, Node.js ${process.version}; the client and the
cache share it, so that the CPU of the server process is what carries over.

The server by hand is fastify with one GET, or one MGET, behind it, and sends the JSON text that it finds as it is. It
checks no key, no age, no hash, and does not know whether the cache is the right one. All records are cached.

${httpTable(rows)}`;
}

/** With ratios to the first row of the same load. */
export function httpTable(rows: readonly HttpRow[]): string {
  const head =
    "| reads | server | requests/s | ratio | server CPU | ratio | p99 |\n|---|---|---:|---:|---:|---:|---:|\n";
  return (
    head +
    rows
      .map((row) => {
        const base = rows.find(({ load }) => load === row.load) ?? row;
        const cells = [
          row.load,
          row.name,
          Math.round(row.perSecond).toLocaleString("en-US"),
          `${(row.perSecond / base.perSecond).toFixed(2)}×`,
          `${row.cpuUs.toFixed(0)} µs`,
          `${(row.cpuUs / base.cpuUs).toFixed(2)}×`,
          `${row.p99Ms.toFixed(1)} ms`,
        ];
        return `| ${cells.join(" | ")} |\n`;
      })
      .join("")
  );
}
