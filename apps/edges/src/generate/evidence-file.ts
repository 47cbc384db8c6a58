/** Keeps the figures of runs in a document: one row for each kind, of which the last run counts. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { KindReport } from "./run-kind.ts";

const HEAD = `# generated input at the edges

The figures that \`npm run edges -- generate --kind <kind> --report docs/evidence/edges.md\` printed, a process for each kind. The delay is the longest time for which the event loop stood still while the product worked; the memory is the largest of the process, generator and second reader among it.

| kind | seed | cases | findings | seconds | largest memory (MiB) | longest delay (ms) |
| --- | --- | --- | --- | --- | --- | --- |
`;
const ROW = /^\| (?!kind |-)/;
const MS_PER_SECOND = 1_000;

export function keepFigures(path: string, report: KindReport): void {
  const before = existsSync(path)
    ? readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => ROW.test(line))
    : [];
  const others = before.filter((line) => cellsOf(line)[0] !== report.name);
  const rows = [...others, rowOf(report)].toSorted((left, right) => (left < right ? -1 : 1));
  writeFileSync(path, `${HEAD}${rows.join("\n")}\n`);
}

function cellsOf(line: string): readonly string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function rowOf({ name, seed, cases, finding, durationMs, rssMiBMax, eventLoopDelayMsMax }: KindReport): string {
  const seconds = (durationMs / MS_PER_SECOND).toFixed(1);
  const cells = [name, seed, cases, finding === null ? 0 : 1, seconds, rssMiBMax, eventLoopDelayMsMax];
  return `| ${cells.join(" | ")} |`;
}
