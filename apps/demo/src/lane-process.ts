/**
 * One lane's process: it is started, watched, killed on request, and asked for
 * its report at its end.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { fileURLToPath } from "node:url";

export interface LaneProcessOptions {
  /** The path of the program from the repository's root. */
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
}

const ROOT = new URL("../../../", import.meta.url);

export class LaneProcess {
  readonly #child: ChildProcess;
  readonly #options: LaneProcessOptions;
  readonly #ended: Promise<number>;
  /** Resolves with its first log line, or its end: before, a signal would end it like a crash. */
  readonly begun: Promise<unknown>;
  #stdout = "";
  #isStopping = false;

  constructor(options: LaneProcessOptions) {
    this.#options = options;
    const program = fileURLToPath(new URL(options.program, ROOT));
    const child = spawn(process.execPath, [program, ...options.arguments], {
      cwd: fileURLToPath(ROOT),
      env: { ...process.env, ...options.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stderr.pipe(createWriteStream(options.logFile, { flags: "a" }));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once("close", (code, signal) => resolve(signal === null ? (code ?? 1) : 1));
    });
    this.begun = Promise.race([this.#ended, once(child.stderr, "data")]);
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** All that it has printed to stdout so far. */
  get output(): string {
    return this.#stdout;
  }

  /** Resolves with the report, the last line of its stdout; rejects when it ends with another code than 0. */
  async report(): Promise<unknown> {
    const code = await this.#ended;
    if (code !== 0) {
      throw new Error(`${this.#options.program} ended with code ${code}: see ${this.#options.logFile}`);
    }
    const line = this.#stdout.trim().split("\n").at(-1) ?? "";
    return line === "" ? null : (JSON.parse(line) as unknown);
  }

  /** Asks the process to end in order. It may be called twice, and after the end. */
  stop(): void {
    if (this.#isStopping || this.hasEnded) return;
    this.#isStopping = true;
    this.#child.kill("SIGTERM");
  }

  /** Kills the process as a crash would. Resolves when it has ended. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
