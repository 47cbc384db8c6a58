/**
 * Erases persons by jobs and, at the same time, by the command. Worker and
 * command may be killed meanwhile; both are repeated until they succeed, and
 * what was begun before comes into force by somebody else.
 */
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type JobQueue, openJobQueue } from "@trilane/job-worker";
import type { EraseMode, ErasureReport } from "@trilane/lane-kit";
import type { Random } from "@trilane/write-through";
import type { TortureProcesses } from "../torture-processes.ts";
import { drawErasure, type ErasureDraw } from "./erasure-requests.ts";
import type { Persons } from "./persons.ts";

export interface EraseLoadReport {
  readonly jobs: number;
  readonly commands: number;
  /** By the number of an erasure: when its sender knew that it is in force, in nanoseconds of the histories' clock. */
  readonly erasedAt: ReadonlyMap<number, number>;
}

export interface EraseLoadOptions {
  readonly queueUrl: string;
  readonly queue: string;
  readonly processes: TortureProcesses;
  readonly persons: Persons;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Called when a job or a command is done. */
  readonly onProgress: () => void;
}

const PAUSE_MS = 6_000;
const RETRY_PAUSE_MS = 300;
const WAIT_MS = 30_000;

/** Runs until the signal fires; what was begun is in force when it resolves. */
export async function runEraseLoad(options: EraseLoadOptions): Promise<EraseLoadReport> {
  const { queueUrl, queue: name, processes, persons, random, signal, onProgress } = options;
  const queue = await openJobQueue({ queueUrl, queue: name });
  const erasedAt = new Map<number, number>();
  const repeat = async (eraseBy: (draw: ErasureDraw) => Promise<readonly number[]>): Promise<number> => {
    for (let done = 0; ; done += 1) {
      await delay(PAUSE_MS * random(), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return done;
      for (const number of await eraseBy(drawErasure(persons, random, Date.now()))) {
        erasedAt.set(number, Number(process.hrtime.bigint()));
      }
      onProgress();
    }
  };
  try {
    const ways = [
      (draw: ErasureDraw) => eraseByJob(queue, draw),
      (draw: ErasureDraw) => eraseByCommand(processes, draw),
    ];
    const [jobs = 0, commands = 0] = await Promise.all(ways.map(repeat));
    return { jobs, commands, erasedAt };
  } finally {
    await queue.close();
  }
}

async function eraseByJob(queue: JobQueue, { persons, mode }: ErasureDraw): Promise<readonly number[]> {
  const data = { subjects: persons.map(({ name }) => name), ...termsOf(mode) };
  for (;;) {
    try {
      const { result } = await queue.enqueue({ name: "erase", data, wait: true, timeoutMs: WAIT_MS });
      if (result?.kind !== "erased") throw new Error("the job erase answered without erasures");
      return result.erasures.map(({ number }) => number);
    } catch {
      await delay(RETRY_PAUSE_MS);
    }
  }
}

function termsOf(mode: EraseMode): Readonly<Record<string, unknown>> {
  if (mode.kind !== "until") return { [mode.kind]: true };
  return mode.untilMs === null ? {} : { until: new Date(mode.untilMs).toISOString() };
}

async function eraseByCommand(processes: TortureProcesses, { persons, mode }: ErasureDraw): Promise<readonly number[]> {
  const flags = Object.entries(termsOf(mode)).flatMap(([term, value]) =>
    value === true ? [`--${term}`] : [`--${term}`, String(value)],
  );
  const names = persons.map(({ name }) => name);
  const { erasures } = await runEraseCommand(processes, { names, flags });
  return erasures.map(({ number }) => number);
}

let commands = 0;

/** The names are in a file, as they are for somebody who does not want them in the list of processes. */
export async function runEraseCommand(
  processes: TortureProcesses,
  options: {
    readonly names: readonly string[];
    readonly flags: readonly string[];
    readonly client?: "worker" | "conductor";
  },
): Promise<ErasureReport> {
  const { names, flags, client = "worker" } = options;
  commands += 1;
  const file = join(processes.directory, `${commands}.names`);
  const report = join(processes.directory, `${commands}.erasure-report.json`);
  await writeFile(file, `${names.join("\n")}\n`);
  const command = processes.eraseCommand(["--subjects", file, "--report", report, ...flags], client);
  await command.done;
  return JSON.parse(command.outputs.at(-1) ?? "null") as ErasureReport;
}
