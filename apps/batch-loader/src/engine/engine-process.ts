/**
 * The engine in a process of its own: begun for one load and ended with it. It
 * answers one statement at a time, in the order in which they came.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { OneAtATime } from "../formats/parquet/one-at-a-time.ts";
import {
  type EngineCall,
  type EngineColumns,
  type EngineReply,
  type EngineSettings,
  TOO_MUCH_MEMORY,
} from "./messages.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
/** The heap of the process's own code; the engine's memory is outside of it. */
const HEAP_MIB_MAX = 128;

/** The engine has refused a statement, or its process has ended. */
export class EngineRefusal extends Error {
  override readonly name = "EngineRefusal";
}

/** The engine is not installed. */
export class EngineMissing extends Error {
  override readonly name = "EngineMissing";
}

/** Processes that wait for their next load, where they are used again. */
export type IdleProcesses = EngineProcess[];

export class EngineProcess {
  readonly #child: ChildProcess;
  readonly #turns = new OneAtATime();
  readonly #idle: IdleProcesses | undefined;
  #calls = 0;
  #end: string | null = null;
  #waiting: ((reply: EngineReply | EngineRefusal) => void) | null = null;

  /** @throws EngineMissing, EngineRefusal */
  static async open(settings: EngineSettings, program: string = MAIN, idle?: IdleProcesses): Promise<EngineProcess> {
    const engine = idle?.pop() ?? new EngineProcess(program, idle);
    engine.#keepParentAlive(true);
    try {
      await engine.#call({ kind: "open", settings });
      return engine;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  private constructor(program: string, idle: IdleProcesses | undefined) {
    this.#idle = idle;
    // It gets nothing else of the environment, because it needs none of the secrets in it.
    const compiled = getCompileCacheDir();
    this.#child = fork(program, [], {
      serialization: "advanced",
      env: compiled === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compiled) },
      execArgv: [`--max-old-space-size=${HEAP_MIB_MAX}`, "--no-warnings"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#child.on("message", (reply: EngineReply) => this.#settle(reply));
    this.#child.on("error", (error) => this.#ended(error.message));
    this.#child.on("exit", (code, signal) => this.#ended(endOf(code, signal)));
  }

  get processId(): number | undefined {
    return this.#child.pid;
  }

  /** All rows of a statement's answer. @throws EngineRefusal */
  async run(sql: string): Promise<EngineColumns> {
    const endTurn = await this.#turns.begin();
    try {
      return await this.#call({ kind: "run", sql });
    } finally {
      endTurn();
    }
  }

  /** The rows of a query, some at a time. Other statements wait until its last rows are here. @throws EngineRefusal */
  async *rows(sql: string, rowsAtOnce: number): AsyncGenerator<EngineColumns, void> {
    const endTurn = await this.#turns.begin();
    try {
      await this.#call({ kind: "begin", sql });
      for (let isLast = false; !isLast;) {
        const columns = await this.#call({ kind: "next", rows: rowsAtOnce });
        isLast = (columns[0]?.length ?? 0) < rowsAtOnce;
        if (isLast) endTurn();
        if (columns.length > 0) yield columns;
      }
    } finally {
      endTurn();
    }
  }

  /** Ends the process, whatever it does; one that does nothing may wait for its next load. */
  async close(): Promise<void> {
    if (this.#end !== null) return;
    if (this.#idle !== undefined && this.#waiting === null) {
      this.#keepParentAlive(false);
      this.#idle.push(this);
      return;
    }
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }

  #keepParentAlive(keeps: boolean): void {
    for (const handle of [this.#child, this.#child.channel]) {
      if (keeps) handle?.ref();
      else handle?.unref();
    }
  }

  async #call(call: EngineCall): Promise<EngineColumns> {
    if (this.#end !== null) throw new EngineRefusal(`the engine has ended: ${this.#end}`);
    const id = (this.#calls += 1);
    const reply = await new Promise<EngineReply | EngineRefusal>((resolve) => {
      this.#waiting = resolve;
      this.#child.send({ id, call }, (error) => {
        // A process that takes no call has ended, or must end; its exit says why.
        if (error !== null) this.#child.kill("SIGKILL");
      });
    });
    if (reply instanceof EngineRefusal) throw reply;
    if (reply.kind === "missing") throw new EngineMissing(reply.message);
    if (reply.kind === "refused") throw new EngineRefusal(reply.message);
    return reply.columns;
  }

  #settle(reply: EngineReply | EngineRefusal): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.(reply);
  }

  #ended(reason: string): void {
    this.#end ??= reason;
    this.#settle(new EngineRefusal(`the engine has ended: ${this.#end}`));
  }
}

function endOf(code: number | null, signal: NodeJS.Signals | null): string {
  if (code === TOO_MUCH_MEMORY) return "it took more memory than TRILANE_LOAD_ENGINE_MEMORY_BYTES";
  return `it ended with ${signal ?? `code ${code}`}`;
}
