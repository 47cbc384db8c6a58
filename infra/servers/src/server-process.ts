/**
 * One server process that never outlives this one. It is started through
 * `native/supervise.sh`, which holds the reading end of a pipe. When this
 * process ends in any way, even by kill -9, the pipe closes, the server is
 * killed and its scratch directory is removed. Only this process id is ever
 * signalled, and only while the supervisor says that it has not ended.
 *
 * States: running -> ended (the server exited, the scratch directory is there)
 * -> closed (the supervisor is gone too). `end` goes to closed from both and
 * removes the directory; `release` goes from ended to closed and leaves it.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { ServersError } from "./errors.ts";
import { nativeDirectory } from "./paths.ts";

export interface ServerCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ServerProcessOptions {
  readonly command: ServerCommand;
  /** The file to which output and errors are appended. */
  readonly logFile: string;
  /** The folder that is removed when the process is ended or has lost its parent. */
  readonly scratchDirectory: string;
}

export class ServerProcess {
  readonly pid: number;
  /** The exit status, 128 + the number of the signal for a killed process. */
  readonly whenExited: Promise<number>;
  readonly #supervisor: ChildProcess;
  readonly #whenClosed: Promise<unknown>;
  #running = true;

  /** @throws ServersError `exited` when the supervisor could not be started. */
  static async spawn(options: ServerProcessOptions): Promise<ServerProcess> {
    const { command, logFile, scratchDirectory } = options;
    const log = openSync(logFile, "a");
    try {
      const script = join(nativeDirectory, "supervise.sh");
      // With `detached` a terminal's ctrl-C does not reach the servers, which are stopped in order.
      const supervisor = spawn("/bin/sh", [script, scratchDirectory, command.file, ...command.args], {
        stdio: ["pipe", log, log, "pipe"],
        detached: true,
        env: { ...process.env, ...command.env },
      });
      const whenClosed = once(supervisor, "close");
      const reports = createInterface({ input: supervisor.stdio[3] as Readable });
      const whenExited = new Promise<number>((resolve) => {
        reports.on("line", (line) => line.startsWith("exit ") && resolve(Number(line.slice(5))));
        whenClosed.then(
          () => resolve(128 + 9),
          () => resolve(1),
        );
      });
      const [first] = (await Promise.race([once(reports, "line"), whenClosed])) as [unknown];
      const pid = /^pid (\d+)$/.exec(String(first))?.[1];
      if (pid === undefined) throw new ServersError("exited", `the supervisor of ${command.file} did not start`);
      return new ServerProcess({ pid: Number(pid), supervisor, whenClosed, whenExited });
    } finally {
      closeSync(log);
    }
  }

  private constructor(parts: {
    pid: number;
    supervisor: ChildProcess;
    whenClosed: Promise<unknown>;
    whenExited: Promise<number>;
  }) {
    this.pid = parts.pid;
    this.#supervisor = parts.supervisor;
    this.#whenClosed = parts.whenClosed;
    this.whenExited = parts.whenExited;
    // An ended supervisor shows here as a pipe without a reader.
    parts.supervisor.stdin?.on("error", () => {});
    void parts.whenExited.then(() => {
      this.#running = false;
    });
  }

  get running(): boolean {
    return this.#running;
  }

  /** Does nothing to a process that has ended. */
  signal(signal: NodeJS.Signals): void {
    if (!this.#running) return;
    try {
      process.kill(this.pid, signal);
    } catch {
      // The server ended between the supervisor's report and now.
    }
  }

  /** Kills the server at once if it still runs, and removes its scratch directory. */
  async end(): Promise<void> {
    this.#supervisor.stdin?.end();
    await this.#whenClosed;
  }

  /** Releases a server that has ended; the scratch directory stays. */
  async release(): Promise<void> {
    await this.whenExited;
    this.#supervisor.stdin?.end("keep\n");
    await this.#whenClosed;
  }
}
