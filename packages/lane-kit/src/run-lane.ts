/**
 * A lane as a program: its arguments, its work until a signal, its report.
 *
 * At the signal the work ends by itself: it takes nothing new, finishes what is
 * under way within its own drain limit, and resolves with its report. The
 * platform stays open until then, and no longer than the phase's limit.
 */
import type { ProcessContext } from "./run-process.ts";
import { EXIT_SETTINGS, runProcess } from "./run-process.ts";
import { messageOf } from "@trilane/write-through";
import { settled } from "./within.ts";

export interface LaneProgram<Config> {
  /** Of the process, in logs. */
  readonly name: string;
  readonly usage: string;
  /** From the arguments, without the program, and the environment. @throws for arguments that are wrong */
  readConfig(args: readonly string[]): Config;
  run(context: ProcessContext, config: Config): Promise<void>;
}

const HELP = "--help";

/** With the exit code 2 and the usage for wrong arguments; else as {@link runProcess}. */
export async function runLaneProgram<Config>(
  { name, usage, readConfig, run }: LaneProgram<Config>,
  args: readonly string[],
): Promise<void> {
  if (args.includes(HELP)) {
    process.stdout.write(usage);
    return;
  }
  const config = readOr(
    () => readConfig(args),
    (problem) => {
      process.stderr.write(`${problem}\n\n${usage}`);
      process.exitCode = EXIT_SETTINGS;
    },
  );
  if (config !== null) await runProcess(name, (context) => run(context, config.value));
}

function readOr<Config>(read: () => Config, refuse: (problem: string) => void): { readonly value: Config } | null {
  try {
    return { value: read() };
  } catch (error) {
    refuse(messageOf(error));
    return null;
  }
}

export interface LaneRun<Report> {
  /** The name of the shutdown's phase that waits for the work. */
  readonly phase: string;
  readonly timeLimitMs: number;
  /** Ends soon after `signal` fires. */
  readonly work: (signal: AbortSignal) => Promise<Report>;
  /** Of the report, for standard output. Default: one line of JSON. */
  readonly textOf?: (report: Report) => string;
}

/** Resolves when the work is done and its report printed. @throws what the work rejects with */
export async function runLane<Report>(
  { lifecycle }: Pick<ProcessContext, "lifecycle">,
  { phase, timeLimitMs, work, textOf = JSON.stringify }: LaneRun<Report>,
): Promise<void> {
  const working = work(lifecycle.signal);
  lifecycle.onShutdown(phase, { timeLimitMs }, () => settled(working));
  process.stdout.write(`${textOf(await working)}\n`);
}
