/**
 * Runs a lane as a program: its arguments, its work until a signal, its report.
 *
 * At the signal the work ends by itself: it takes nothing new, finishes the
 * work under way within its own drain limit, and resolves with its report. The
 * platform stays open until then, but no longer than the phase's limit.
 */
import { CodedError } from "@trilane/write-through";
import { EXIT } from "./exit-codes.ts";
import { type ProcessContext, runProcess } from "./run-process.ts";
import type { Settings } from "./settings/load-settings.ts";
import { SettingsError } from "./settings/settings-error.ts";
import { settled } from "./within.ts";

export interface LaneProgram<Config> {
  /** The process's name in logs. */
  readonly name: string;
  readonly usage: string;
  /**
   * Reads the arguments, without the program, and the environment. @throws SettingsError, or a CodedError of the lane
   */
  readConfig(args: readonly string[]): Config;
  /** The settings of this program, where they are not those of every program. */
  readonly settingsOf?: (settings: Settings) => Settings;
  run(context: ProcessContext, config: Config): Promise<void>;
}

const HELP = "--help";

/** Exits with code 2 and the usage for wrong arguments, otherwise as {@link runProcess}. */
export async function runLaneProgram<Config>(
  { name, usage, readConfig, settingsOf, run }: LaneProgram<Config>,
  args: readonly string[],
): Promise<void> {
  if (args.includes(HELP)) {
    process.stdout.write(usage);
    return;
  }
  const read = readOrRefuse(() => readConfig(args));
  if (read.kind === "read") return runProcess(name, (context) => run(context, read.config), settingsOf);
  process.stderr.write(`${read.problem}\n\n${usage}`);
  process.exitCode = EXIT.usage;
}

type ReadConfig<Config> =
  | { readonly kind: "read"; readonly config: Config }
  | { readonly kind: "refused"; readonly problem: string };

function readOrRefuse<Config>(read: () => Config): ReadConfig<Config> {
  try {
    return { kind: "read", config: read() };
  } catch (error) {
    if (error instanceof SettingsError || error instanceof CodedError)
      return { kind: "refused", problem: error.message };
    throw error;
  }
}

export interface LaneRun<Report> {
  /** The name of the shutdown's phase that waits for the work. */
  readonly phase: string;
  readonly timeLimitMs: number;
  /** Ends soon after `signal` fires. */
  readonly work: (signal: AbortSignal) => Promise<Report>;
  /** Makes the text of the report for standard output. Default: one line of JSON. */
  readonly textOf?: (report: Report) => string;
}

/** Resolves when the work is done and its report is printed. @throws the error with which the work rejects */
export async function runLane<Report>(
  { lifecycle }: Pick<ProcessContext, "lifecycle">,
  { phase, timeLimitMs, work, textOf = JSON.stringify }: LaneRun<Report>,
): Promise<void> {
  const working = work(lifecycle.signal);
  lifecycle.onShutdown(phase, { timeLimitMs }, () => settled(working));
  process.stdout.write(`${textOf(await working)}\n`);
}
