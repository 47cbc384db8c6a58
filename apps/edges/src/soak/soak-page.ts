/** The figures of a soak as a page. */
import { cpus, loadavg, totalmem } from "node:os";
import { type ProcessFigures, type QueueFigures, soakBounds } from "./judge-soak.ts";
import type { SoakOptions, SoakReport } from "./run-soak.ts";

const BYTES_PER_GIB = 1_024 ** 3;
const SECONDS_PER_MINUTE = 60;

export function soakPage(
  report: SoakReport,
  { rates, rows, coldRows, writesPerSecond, sampleMs, collectMs }: SoakOptions,
): string {
  const { given, loads, readP99Ms, processes, queues, seconds } = report;
  const minutes = seconds / SECONDS_PER_MINUTE;
  const memory = Math.round(totalmem() / BYTES_PER_GIB);
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}, ${memory} GiB, Node.js ${process.version}`;
  return `# All lanes for ${minutes} minutes

Made by \`npm run soak -- --minutes ${minutes}\`, which ends with code 1 where something does not hold. An hour:
\`npm run soak -- --minutes 60\`.

Steady work for all lanes at once, each a program of its own, on real servers: ${whole(rates.messagesPerSecond)} messages/s into a topic,
${whole(rates.jobsPerSecond)} jobs/s, ${whole(rates.readsPerSecond)} requests/s of 25 keys each over HTTP, and one load after the other, in turn of
${whole(rows)} rows onto few keys and of ${whole(coldRows)} rows with a key each, each held to ${whole(writesPerSecond)} writes/s. All programs were
sampled every ${sampleMs} ms by the metrics that they serve.

In all: ${whole(given.messages)} messages, ${whole(given.jobs)} jobs, ${whole(given.reads)} reads (p99 ${readP99Ms.toFixed(0)} ms, ${given.failedReads} failed), ${loads} loads that ended.

Machine: ${machine}; all servers share it. Its load average at the end was ${(loadavg()[0] ?? Number.NaN).toFixed(0)}.

Slopes are those of the least squares over the last two thirds of the samples. Every ${collectMs} ms each program is told to collect,
and what it keeps then, its heap and the bytes beside it, shows a leak: it is flat where it grows by at most ${soakBounds.keptMiBPerMinute} MiB in a
minute. Resident memory shows none, because Node.js lets its heap grow before it collects; of no process may it be more than
${soakBounds.residentMiB} MiB. A queue grows where its slope is above what is given to it in
${soakBounds.queueGrowthSeconds} s for each minute. The event loop's delay is the p99 between two samples: its median may be ${soakBounds.delayP99Ms} ms. Each load is a
process of its own, so its memory has a maximum and no slope that is judged.

${table(PROCESS_HEAD, processes.map(processCells))}
${table(QUEUE_HEAD, queues.map(queueCells))}
${report.problems.length === 0 ? "All holds." : `Does not hold:\n\n${report.problems.map((problem) => `- ${problem}`).join("\n")}`}
`;
}

const PROCESS_HEAD = [
  "process",
  "resident, mean",
  "at most",
  "slope, MiB/min",
  "kept, mean",
  "slope of what is kept, MiB/min",
  "loop delay p99, median",
  "at most",
  "cores",
];
const QUEUE_HEAD = ["queue", "waiting at most", "at the end", "slope, 1/min", "holds up to"];

function processCells(figures: ProcessFigures): readonly string[] {
  const { name, isOneProcess, residentMiB, residentMiBMax, residentMiBPerMinute } = figures;
  const { keptMiB, keptMiBPerMinute, delayP99Ms, delayP99MsMax, cores } = figures;
  return [
    name,
    `${residentMiB.toFixed(0)} MiB`,
    `${residentMiBMax.toFixed(0)} MiB`,
    isOneProcess ? residentMiBPerMinute.toFixed(2) : "",
    isOneProcess ? `${keptMiB.toFixed(1)} MiB` : "",
    isOneProcess ? keptMiBPerMinute.toFixed(2) : "",
    `${delayP99Ms.toFixed(0)} ms`,
    `${delayP99MsMax.toFixed(0)} ms`,
    isOneProcess ? cores.toFixed(2) : "",
  ];
}

function queueCells({ name, waitingMax, waitingAtEnd, perMinute, perMinuteMax }: QueueFigures): readonly string[] {
  return [name, whole(waitingMax), whole(waitingAtEnd), perMinute.toFixed(0), whole(perMinuteMax)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map((_, index) => (index === 0 ? "---" : "---:"))) + rows.map(line).join("");
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
