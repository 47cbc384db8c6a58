/** The figures of the large loads as a page. */
import { availableParallelism, cpus, totalmem } from "node:os";
import type { LargeLoad, Measured } from "./run-large-load.ts";

const BYTES_PER_GIB = 1_073_741_824;

export function largeLoadsPage(loads: readonly LargeLoad[], commit: string): string {
  const rows = loads.flatMap((load) => (load.kind === "measured" ? [rowOf(load.text, load.measured)] : []));
  return `# Large loads

Made by \`npm run large-loads\` at ${commit}, which ends with code 1 where an outcome is not the right one, the process
had more than 1 GiB of memory, or computed for more than a second without a turn of its event loop. The files and
topics are made for the run. Records have few keys, so that DynamoDB Local is not what is measured. An event loop also
stands still while a busy machine gives its thread no core: the last column has the most CPU time that the thread used
between two turns.

Machine: ${machine()}. It ran all servers too, and other work: times are upper bounds.

| input | size | outcome | time | largest resident memory (VmHWM) | longest block of the event loop | of computing at most |
| --- | --: | --- | --: | --: | --: | --: |
${rows.join("\n")}
`;
}

function rowOf(text: string, { inputMiB, outcome, seconds, figures }: Measured): string {
  const { residentMiBMax, blockMsMax, computingMsMax } = figures;
  const [time, memory] = [`${seconds.toFixed(0)} s`, `${residentMiBMax} MiB`];
  const cells = [
    text,
    `${inputMiB} MiB`,
    outcomeText(outcome),
    time,
    memory,
    `${blockMsMax} ms`,
    `${computingMsMax} ms`,
  ];
  return `| ${cells.join(" | ")} |`;
}

function outcomeText({ exitCode, rows, dead, refusal }: Measured["outcome"]): string {
  if (refusal === null) return `exit code ${exitCode}, ${rows} rows, ${dead} of them refused`;
  if (rows === 0) return `exit code ${exitCode}, the object is refused`;
  return `exit code ${exitCode}, the partition stops (${refusal}), ${rows} other records`;
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / BYTES_PER_GIB);
  return `${availableParallelism()} cores (${model}), ${memory} GiB, Node.js ${process.version}, ${process.platform}`;
}
