/**
 * One native server with a fixed port: start, readiness, kill, restart, stop.
 * Everything that is special about Kafka, DynamoDB Local, s3proxy or Redis is a
 * recipe; everything that they share is here.
 *
 * A server is ready when *its own process* listens on the port and it has
 * answered by its own protocol. States: up -> down (it was killed, or ended by
 * itself) -> up (restart on the same port) -> stopped, which is final and
 * leaves neither process nor data, except in a data directory of the caller's.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, ServersError } from "./errors.ts";
import { freePort, isPortFree } from "./free-port.ts";
import { logDirectory } from "./paths.ts";
import { hasStopped, listenersOf } from "./process-table.ts";
import { ServerProcess } from "./server-process.ts";
import type { ServerCommand } from "./server-process.ts";

/** The folders and the port of a server. */
export interface ServerPlace {
  readonly port: number;
  /** The existing folder for the server's data. */
  readonly dataDirectory: string;
  /** The existing folder for files that are made at each start, such as its configuration. */
  readonly scratchDirectory: string;
}

export interface ServerRecipe {
  /** The name in its log's name: `kafka`, `cache`. */
  readonly name: string;
  readonly engine: string;
  readonly version: string;
  /** Whether data that was written before a kill -9 is there after a restart. */
  readonly persistent: boolean;
  readonly readyWithinMs: number;
  url(port: number): string;
  /** Writes what the server needs into the place and says how to start it. */
  command(place: ServerPlace): Promise<ServerCommand>;
  /** Rejects as long as the server does not answer by its own protocol. */
  ping(place: ServerPlace, timeoutMs: number): Promise<void>;
}

export interface ServerHandle {
  readonly name: string;
  readonly engine: string;
  readonly version: string;
  readonly url: string;
  readonly port: number;
  /** The process id of the server itself, which changes with each restart. */
  readonly pid: number;
  readonly running: boolean;
  readonly logFile: string;
  /**
   * Sends a signal. For SIGKILL and SIGTERM it resolves when the process has ended, for SIGSTOP when each of its threads
   * stands still, for every other signal at once. (A process that SIGSTOP has paused ends by SIGTERM only after SIGCONT.)
   */
  kill(signal: NodeJS.Signals): Promise<void>;
  /**
   * Stops the server where it still runs, and starts it on the same port. With `keepData` it is asked to end in order
   * (SIGTERM) and finds its data again; without, it is killed and starts empty.
   * @throws ServersError `data-not-kept` where data is only in memory, `not-running` after `stop`, `exited` and
   *   `not-ready` as on the first start
   */
  restart(options: { readonly keepData: boolean }): Promise<void>;
  /** Ends the process and removes its data, unless the caller owns the directory. Idempotent. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** The port to use; without it, a free one. */
  readonly port?: number;
  /** The caller's folder, which is never removed; without it, a temporary one. */
  readonly dataDirectory?: string;
}

const startAttemptsMax = 3;
const pingTimeoutMs = 2000;
const pollMs = 25;
/** A server that has not ended this long after SIGTERM is killed. */
const terminateWithinMs = 10_000;
const logTailLines = 15;
/** Logs in which nothing was written for a day are removed at the next start. */
const logKeptMs = 24 * 60 * 60_000;

/**
 * Starts the server and waits until it is ready.
 * @throws ServersError `exited`, `not-ready` or `port-taken`.
 */
export async function startNativeServer(recipe: ServerRecipe, options: StartOptions = {}): Promise<ServerHandle> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    const server = await NativeServer.create(recipe, port, options.dataDirectory);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      // Another process took the port between the question and the start.
      const taken = !(await isPortFree(port));
      if (taken && options.port === undefined && attempt < startAttemptsMax) continue;
      throw taken ? new ServersError("port-taken", `${recipe.name}: port ${port} is taken`, { cause: error }) : error;
    }
  }
}

class NativeServer implements ServerHandle {
  readonly name: string;
  readonly engine: string;
  readonly version: string;
  readonly url: string;
  readonly port: number;
  readonly logFile: string;
  readonly #recipe: ServerRecipe;
  readonly #place: ServerPlace;
  readonly #callersData: boolean;
  #process: ServerProcess | undefined;
  #stopped = false;

  static async create(recipe: ServerRecipe, port: number, dataDirectory?: string): Promise<NativeServer> {
    const scratchDirectory = await mkdtemp(join(tmpdir(), `trilane-${recipe.name}-`));
    const place = { port, scratchDirectory, dataDirectory: dataDirectory ?? join(scratchDirectory, "data") };
    await mkdir(place.dataDirectory, { recursive: true });
    await mkdir(logDirectory, { recursive: true });
    await removeOldLogs();
    return new NativeServer(recipe, place, dataDirectory !== undefined);
  }

  private constructor(recipe: ServerRecipe, place: ServerPlace, callersData: boolean) {
    this.name = recipe.name;
    this.engine = recipe.engine;
    this.version = recipe.version;
    this.url = recipe.url(place.port);
    this.port = place.port;
    this.logFile = join(logDirectory, `${recipe.name}-${place.port}.log`);
    this.#recipe = recipe;
    this.#place = place;
    this.#callersData = callersData;
  }

  get pid(): number {
    if (this.#process === undefined) throw new ServersError("not-running", `${this.name} has no process`);
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  async start(): Promise<void> {
    const command = await this.#recipe.command(this.#place);
    const scratchDirectory = this.#place.scratchDirectory;
    this.#process = await ServerProcess.spawn({ command, logFile: this.logFile, scratchDirectory });
    await this.#untilReady(this.#process);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const process = this.#process;
    process?.signal(signal);
    if (signal === "SIGKILL" || signal === "SIGTERM") await process?.whenExited;
    if (signal === "SIGSTOP" && process !== undefined) await this.#untilStopped(process);
  }

  async #untilStopped(process: ServerProcess): Promise<void> {
    const deadlineMs = performance.now() + terminateWithinMs;
    while (process.running && !(await hasStopped(process.pid))) {
      if (performance.now() > deadlineMs) throw new ServersError("not-stopped", `${this.name} goes on after SIGSTOP`);
      await sleep(pollMs);
    }
  }

  async restart(options: { readonly keepData: boolean }): Promise<void> {
    if (this.#stopped) throw new ServersError("not-running", `${this.name} was stopped for good`);
    if (options.keepData && !this.#recipe.persistent) {
      throw new ServersError("data-not-kept", `${this.name} holds its data in memory: it can only restart empty`);
    }
    if (options.keepData) await this.#terminate();
    else await this.kill("SIGKILL");
    await this.#process?.release();
    this.#process = undefined;
    if (!options.keepData) await emptyDirectory(this.#place.dataDirectory);
    await this.start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    // Data that is about to be removed needs no orderly end.
    if (this.#callersData) await this.#terminate();
    await this.#process?.end();
    await rm(this.#place.scratchDirectory, { recursive: true, force: true });
  }

  /** Sends SIGTERM, also to a process that SIGSTOP has stopped, and then SIGKILL. */
  async #terminate(): Promise<void> {
    const process = this.#process;
    if (process === undefined || !process.running) return;
    process.signal("SIGTERM");
    process.signal("SIGCONT");
    const deadline = new AbortController();
    const late = sleep(terminateWithinMs, true, { signal: deadline.signal }).catch(() => false);
    const timedOut = await Promise.race([late, process.whenExited.then(() => false)]);
    deadline.abort();
    if (timedOut) process.signal("SIGKILL");
    await process.whenExited;
  }

  async #untilReady(process: ServerProcess): Promise<void> {
    const { name, readyWithinMs } = this.#recipe;
    const deadlineMs = performance.now() + readyWithinMs;
    let last = "nothing of its process listens on the port";
    while (performance.now() < deadlineMs) {
      if (!process.running)
        throw new ServersError("exited", `${name} ended before it was ready\n${await this.#logTail()}`);
      const listens = (await listenersOf(process.pid)).some((listener) => listener.port === this.port);
      if (listens) {
        try {
          return await this.#recipe.ping(this.#place, pingTimeoutMs);
        } catch (error) {
          last = messageOf(error);
        }
      }
      await sleep(pollMs);
    }
    throw new ServersError(
      "not-ready",
      `${name} was not ready in ${readyWithinMs} ms: ${last}\n${await this.#logTail()}`,
    );
  }

  async #logTail(): Promise<string> {
    const text = await readFile(this.logFile, "utf8").catch(() => "");
    return `${text.trimEnd().split("\n").slice(-logTailLines).join("\n")}\n(${this.logFile})`;
  }
}

async function emptyDirectory(directory: string): Promise<void> {
  const entries = await readdir(directory);
  await Promise.all(entries.map((entry) => rm(join(directory, entry), { recursive: true, force: true })));
}

async function removeOldLogs(): Promise<void> {
  const names = (await readdir(logDirectory)).filter((name) => name.endsWith(".log"));
  for (const path of names.map((name) => join(logDirectory, name))) {
    const changed = (await stat(path).catch(() => undefined))?.mtimeMs;
    if (changed !== undefined && Date.now() - changed > logKeptMs) await rm(path, { force: true });
  }
}
