/** The figures of the large loads as a page. */
import { availableParallelism, cpus, totalmem } from "node:os";
import type { LargeLoad } from "./run-large-load.ts";

const BYTES_PER_GIB = 1_073_741_824;

export function largeLoadsPage(loads: readonly LargeLoad[], commit: string): string {
  const rows = loads.map(({ text, fileMiB, seconds, outcome, figures }) =>
    [
      "",
      text,
      `${fileMiB} MiB`,
      outcomeText(outcome),
      `${seconds.toFixed(0)} s`,
      `${figures.residentMiBMax} MiB`,
      `${figures.blockMsMax} ms`,
      "",
    ].join(" | "),
  );
  return `# Large loads

Made by \`npm run large-loads\` at ${commit}, which ends with code 1 where an outcome is not the right one, the loading
process had more than 1 GiB of memory, or its event loop stood still for more than a second. The files are made for
the run and removed. Records have few keys, so that DynamoDB Local is not what is measured.

Machine: ${machine()}. It ran all servers too, and other work: times are upper bounds.

| file | size | outcome | time | largest resident memory (VmHWM) | longest block of the event loop |
| --- | --: | --- | --: | --: | --: |
${rows.map((row) => row.trim()).join("\n")}
`;
}

function outcomeText({ exitCode, rows, dead, refusal }: LargeLoad["outcome"]): string {
  const result = refusal === null ? `${rows} rows, ${dead} of them refused` : "the object is refused";
  return `exit code ${exitCode}, ${result}`;
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / BYTES_PER_GIB);
  return `${availableParallelism()} cores (${model}), ${memory} GiB, Node.js ${process.version}, ${process.platform}`;
}
