/** The stream lane's rate beside loads, as a page. */
import { cpus, loadavg, totalmem } from "node:os";
import type { SituationFigures } from "./measure-situation.ts";

export interface SituationRow extends SituationFigures {
  readonly name: string;
}

export interface BesideLoadPage {
  readonly rounds: number;
  readonly messages: number;
}

const BYTES_PER_GIB = 1_024 ** 3;

/** Takes the median of each figure by itself. */
export function medianRow(rounds: readonly SituationRow[]): SituationRow {
  const [first] = rounds;
  if (first === undefined) throw new RangeError("no rounds were counted: give --rounds 1 or more");
  const middle = (figure: (of: SituationRow) => number): number =>
    rounds.map(figure).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? Number.NaN;
  return {
    name: first.name,
    perSecond: middle(({ perSecond }) => perSecond),
    cpuUs: middle(({ cpuUs }) => cpuUs),
    loadWritesPerSecond: middle(({ loadWritesPerSecond }) => loadWritesPerSecond),
  };
}

/** The first row is that of the lane alone. */
export function besideLoadPage(rows: readonly SituationRow[], { rounds, messages }: BesideLoadPage): string {
  const memory = Math.round(totalmem() / BYTES_PER_GIB);
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}, ${memory} GiB, Node.js ${process.version}`;
  return `# The stream lane beside loads

Made by \`npm run bench-beside-load -- --rounds ${rounds}\`, which ends with code 1 where the lane keeps less than half of
its rate beside a load without a ceiling: the median of ${rounds} rounds, all situations in turn in every round, each with a
table of its own, on the same topic of ${whole(messages)} flights in a shuffled order. Lane and loads are programs of their
own, with default settings. The lane is measured by the metrics that it serves, without the first and the last 15 % of the topic.
Loads go on without a pause: cold ones have a key for every row, reduced ones are of 3,000,000 rows onto 3,399 keys each.
Machine: ${machine}; all servers share it. Its load average at the end was ${(loadavg()[0] ?? Number.NaN).toFixed(0)}.

| stream lane | messages/s | share of its rate alone | CPU of a message | writes/s of the loads |
|---|---:|---:|---:|---:|
${rows.map((row) => lineOf(row, shareOf(row, rows))).join("")}`;
}

export function shareOf({ perSecond }: SituationRow, rows: readonly SituationRow[]): number {
  return perSecond / (rows[0]?.perSecond ?? perSecond);
}

function lineOf({ name, perSecond, cpuUs, loadWritesPerSecond }: SituationRow, share: number): string {
  const writes = name === "alone" ? "" : whole(loadWritesPerSecond);
  return `| ${[name, whole(perSecond), share.toFixed(2), `${cpuUs.toFixed(1)} µs`, writes].join(" | ")} |\n`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
