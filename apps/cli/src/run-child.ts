/**
 * Runs a lane's own program as a child with this terminal. Signals are passed
 * on, and this process ends as the child ended. The lane does the work: if this
 * process is killed and cannot pass that on, the child goes on.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { CliError } from "./errors.ts";

/** Packages with a program, `main.ts`, beside their library. */
const PROGRAMS = {
  "batch-loader": import.meta.resolve("@trilane/batch-loader"),
  "feature-api": import.meta.resolve("@trilane/feature-api"),
  "job-worker": import.meta.resolve("@trilane/job-worker"),
  "stream-consumer": import.meta.resolve("@trilane/stream-consumer"),
} as const;

export interface ChildOptions {
  readonly program: keyof typeof PROGRAMS;
  readonly arguments: readonly string[];
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Shells give the end by a signal this number plus the signal's. */
const SIGNAL_CODE_BASE = 128;

/** Resolves with the child's exit code. */
export async function runChild(options: ChildOptions): Promise<number> {
  const program = fileURLToPath(new URL("main.ts", PROGRAMS[options.program]));
  const child = spawn(process.execPath, [program, ...options.arguments], {
    stdio: "inherit",
    env: { ...process.env, ...options.environment },
  });
  // A terminal sends ctrl-C to the whole group. If this process passed it on as well, that would be the second one,
  // which forces the exit.
  const passOn = (signal: NodeJS.Signals): void => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, passOn);
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    return signal === null ? (code ?? 1) : SIGNAL_CODE_BASE + constants.signals[signal];
  } catch (cause) {
    throw new CliError("CHILD_FAILED", `cannot start ${options.program}`, { cause });
  } finally {
    for (const signal of SIGNALS) process.off(signal, passOn);
  }
}
