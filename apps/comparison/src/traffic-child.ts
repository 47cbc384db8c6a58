/**
 * A writer's or a reader's process as its parent sees it: started, told to
 * begin, killed and started again, stopped and continued.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { monotonicNs } from "./paced.ts";
import type { BeginMessage, ReportMessage, TrafficCounts, TrafficSetting } from "./traffic-messages.ts";

const PROGRAM = fileURLToPath(new URL("traffic-process.ts", import.meta.url));
const NS_PER_MS = 1e6;
/** Time after the end of the load: no operation takes longer than its clients' timeouts and retries. */
const END_WITHIN_MS = 20_000;
/** A busy machine may take longer to connect than the clients wait. */
const STARTS_MAX = 5;

export class TrafficChild {
  /** The recordings of each of its processes, in order. */
  readonly files: string[] = [];
  readonly #setting: Omit<TrafficSetting, "from" | "file">;
  readonly #directory: string;
  #life: Life | null = null;
  #mark = 0;
  #endNs = 0;

  constructor(setting: Omit<TrafficSetting, "from" | "file">, directory: string) {
    this.#setting = setting;
    this.#directory = directory;
  }

  /**
   * Resolves when the process waits for the beginning. Where a start fails it is tried again, as a supervisor would do.
   */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#startOnce();
        return;
      } catch (error) {
        if (attempt === STARTS_MAX) throw error;
      }
    }
  }

  begin(message: BeginMessage): void {
    this.#endNs = message.endNs;
    this.#life?.child.send(message);
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#life?.child.kill(signal);
  }

  /** Kills the process as a crash would, even if it is stopped. Resolves when it has ended. */
  async kill(): Promise<void> {
    this.#life?.child.kill("SIGKILL");
    await this.#life?.ended;
  }

  /** The counts of its last process, when that has ended in order. */
  async counts(): Promise<TrafficCounts> {
    const life = this.#life;
    if (life === null) throw new TypeError("the process was never started");
    const leftMs = (this.#endNs - monotonicNs()) / NS_PER_MS + END_WITHIN_MS;
    const timer = setTimeout(() => life.child.kill("SIGKILL"), leftMs);
    try {
      return await life.done;
    } finally {
      clearTimeout(timer);
    }
  }

  async #startOnce(): Promise<void> {
    const { role, index } = this.#setting;
    const file = `${this.#directory}/${role}-${index}-${this.files.length}.ndjson`;
    this.files.push(file);
    this.#life = new Life({ ...this.#setting, from: this.#mark, file }, (mark) => {
      this.#mark = mark;
    });
    await this.#life.ready;
  }
}

class Life {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly done: Promise<TrafficCounts>;
  readonly ended: Promise<void>;

  constructor(setting: TrafficSetting, onMark: (mark: number) => void) {
    const child = fork(PROGRAM, [JSON.stringify(setting)], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.child = child;
    const ready = Promise.withResolvers<void>();
    const done = Promise.withResolvers<TrafficCounts>();
    this.ready = ready.promise;
    this.done = done.promise;
    // A killed process has no counts, and nobody asks for them.
    this.done.catch(() => undefined);
    child.on("message", (message: ReportMessage) => {
      if (message.kind === "ready") ready.resolve();
      else if (message.kind === "mark") onMark(message.mark);
      else done.resolve(message);
    });
    this.ended = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        const error = new Error(`${setting.role} ${setting.index} of "${setting.approach}" ended: ${signal ?? code}`);
        ready.reject(error);
        done.reject(error);
        resolve();
      });
    });
  }
}
