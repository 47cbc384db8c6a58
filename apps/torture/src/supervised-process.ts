/**
 * One process of the run under a supervisor, as production would run it: when
 * it ends, it is started again, until the supervisor is told to stop. It can be
 * killed and paused at any moment.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ProcessClock } from "./process-clock.ts";

export interface ProcessPlan {
  readonly name: string;
  /** The path from the repository's root. */
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** The environment of each start: its recording and its other own values. */
  readonly environmentOfStart: () => Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Null where the process sees the machine's own clock. */
  readonly clock: ProcessClock | null;
}

/** `restart`: it runs for ever. `until-success`: it is finished when it ends with code 0. */
export type RestartPolicy = "restart" | "until-success";

const ROOT = new URL("../../../", import.meta.url);
const RESTART_PAUSE_MS = 250;
/** A process that is asked to end and does not is killed after this time. */
const STOP_LIMIT_MS = 45_000;

export class SupervisedProcess {
  readonly name: string;
  /** The exit codes of ends that nobody asked for. */
  readonly ownEnds: number[] = [];
  readonly #plan: ProcessPlan;
  readonly #policy: RestartPolicy;
  readonly #log: WriteStream;
  readonly #done = Promise.withResolvers<void>();
  readonly #outputs: string[] = [];
  #child: ChildProcess | null = null;
  #isStopping = false;
  #isKilled = false;

  constructor(plan: ProcessPlan, policy: RestartPolicy = "restart") {
    this.name = plan.name;
    this.#plan = plan;
    this.#policy = policy;
    this.#log = createWriteStream(plan.logFile, { flags: "a" });
    this.#start();
  }

  /** The last line that each ended run printed, where it printed one. */
  get outputs(): readonly string[] {
    return this.#outputs;
  }

  /** Resolves when a process that runs until it succeeds has succeeded, or when it was stopped. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** Null where the clock cannot be moved. */
  get clock(): ProcessClock | null {
    return this.#plan.clock;
  }

  /** The process that runs now; null between two runs. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Kills the process; the supervisor starts it again. False where none runs at this moment. */
  kill(): boolean {
    if (this.#child === null || this.#isStopping) return false;
    this.#isKilled = this.#child.kill("SIGKILL");
    return this.#isKilled;
  }

  /** Stops the process for a while (SIGSTOP). False where none runs at this moment. */
  async pause(ms: number): Promise<boolean> {
    const child = this.#child;
    if (child === null || this.#isStopping || !child.kill("SIGSTOP")) return false;
    await delay(ms);
    child.kill("SIGCONT");
    return true;
  }

  /** Asks the process to end in order, and does not start it again. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const child = this.#child;
    if (child === null) this.#done.resolve();
    child?.kill("SIGCONT");
    child?.kill("SIGTERM");
    const limit = new AbortController();
    const late = delay(STOP_LIMIT_MS, undefined, { signal: limit.signal }).then(
      () => child?.kill("SIGKILL"),
      () => undefined,
    );
    await this.#done.promise;
    limit.abort();
    await late;
    this.#log.end();
  }

  #start(): void {
    const { program, environment, environmentOfStart, clock } = this.#plan;
    const flags = [...(clock?.nodeFlags ?? []), fileURLToPath(new URL(program, ROOT)), ...this.#plan.arguments];
    const child = spawn(process.execPath, flags, {
      cwd: fileURLToPath(ROOT),
      env: { ...process.env, ...environment, ...clock?.environment, ...environmentOfStart() },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stderr.pipe(this.#log, { end: false });
    this.#child = child;
    this.#isKilled = false;
    child.once("close", (code) => {
      this.#child = null;
      if (child.pid !== undefined) clock?.forgetProcess(child.pid);
      this.#log.write(output);
      const line = output.trim().split("\n").at(-1) ?? "";
      if (line !== "") this.#outputs.push(line);
      this.#ended(code);
    });
  }

  #ended(code: number | null): void {
    const isDone = this.#policy === "until-success" && code === 0;
    if (!this.#isKilled && !this.#isStopping && !isDone) this.ownEnds.push(code ?? -1);
    if (isDone || this.#isStopping) {
      this.#done.resolve();
      return;
    }
    setTimeout(() => {
      if (this.#isStopping) this.#done.resolve();
      else this.#start();
    }, RESTART_PAUSE_MS);
  }
}
