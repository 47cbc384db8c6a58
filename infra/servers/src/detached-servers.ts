/**
 * A set of servers that outlives the command that started it. A keeper process
 * (`keeper.ts`) starts the set, reports it, and holds it until it is told to
 * stop; the servers end with the keeper, however it ends. A state file
 * remembers the servers with the start time of every process, so that a process
 * id which another process has got since is never signalled.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, ServersError } from "./errors.ts";
import { detachedStateFile, logDirectory } from "./paths.ts";
import { identityOf, isSameProcess } from "./process-table.ts";
import type { ProcessIdentity } from "./process-table.ts";
import { createProgress } from "./progress.ts";
import type { Progress } from "./progress.ts";
import type { RedisEngine, ServerName } from "./server-names.ts";
import type { ServerDescription } from "./server-set.ts";

export interface DetachedOptions {
  readonly only?: readonly ServerName[];
  readonly cacheEngine?: RedisEngine;
  readonly progress?: Progress;
  /** Default: `.trilane/servers.json`. */
  readonly stateFile?: string;
}

/** The state file. */
export interface DetachedState {
  readonly keeper: ProcessIdentity;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly servers: readonly ServerDescription[];
  /** The identities of the servers that are processes of this machine. */
  readonly processes: readonly ProcessIdentity[];
  readonly endpoints: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

export type DetachedStatus =
  | { readonly running: false }
  /** `ended` are the servers whose process is no longer there. */
  | { readonly running: true; readonly state: DetachedState; readonly ended: readonly ServerDescription[] };

/** The keeper's messages to the command that started it. */
export type KeeperMessage =
  | { readonly progress: string }
  | { readonly state: DetachedState }
  | { readonly error: string };

const stopWithinMs = 60_000;
const pollMs = 50;

/**
 * Starts the set, or returns the one that runs already.
 * @throws ServersError `detached-failed` with the keeper's reason.
 */
export async function upDetached(options: DetachedOptions = {}): Promise<DetachedState> {
  const stateFile = options.stateFile ?? detachedStateFile;
  const progress = options.progress ?? createProgress();
  const before = await detachedStatus({ stateFile });
  if (before.running && before.ended.length === 0) return before.state;
  // Some of its servers have ended, or only its file is left.
  await downDetached({ stateFile });
  return await startKeeper(options, stateFile, progress);
}

/** Stops the set; false where none ran. */
export async function downDetached(options: { readonly stateFile?: string } = {}): Promise<boolean> {
  const stateFile = options.stateFile ?? detachedStateFile;
  const status = await detachedStatus({ stateFile });
  if (status.running) await stopKeeper(status.state);
  await rm(stateFile, { force: true });
  return status.running;
}

export async function detachedStatus(options: { readonly stateFile?: string } = {}): Promise<DetachedStatus> {
  const text = await readFile(options.stateFile ?? detachedStateFile, "utf8").catch(() => undefined);
  if (text === undefined) return { running: false };
  const state = JSON.parse(text) as DetachedState;
  if (!(await isSameProcess(state.keeper))) return { running: false };
  const alive = await Promise.all(state.processes.map(isSameProcess));
  const gone = new Set(state.processes.filter((_process, index) => alive[index] !== true).map(({ pid }) => pid));
  return { running: true, state, ended: state.servers.filter(({ pid }) => pid !== undefined && gone.has(pid)) };
}

/**
 * The file is written under another name and linked: a reader sees all of it or nothing, and of two sets that come up
 * at once the second is refused.
 * @throws ServersError `detached-failed` when another set has the file
 */
export async function claimStateFile(stateFile: string, state: DetachedState): Promise<void> {
  const partial = `${stateFile}.${process.pid}`;
  await writeFile(partial, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  try {
    await link(partial, stateFile);
  } catch (error) {
    throw new ServersError("detached-failed", `another set has come up meanwhile (${stateFile})`, { cause: error });
  } finally {
    await rm(partial);
  }
}

async function startKeeper(options: DetachedOptions, stateFile: string, progress: Progress): Promise<DetachedState> {
  mkdirSync(logDirectory, { recursive: true });
  mkdirSync(dirname(stateFile), { recursive: true });
  const logFile = join(logDirectory, "keeper.log");
  const log = openSync(logFile, "a");
  const settings = JSON.stringify({ stateFile, only: options.only, cacheEngine: options.cacheEngine });
  const keeper = spawn(process.execPath, [join(import.meta.dirname, "keeper.ts"), settings], {
    stdio: ["ignore", log, log, "ipc"],
    detached: true,
  });
  closeSync(log);
  try {
    return await firstState(keeper, progress);
  } catch (error) {
    throw new ServersError("detached-failed", `the servers were not started: ${messageOf(error)}\n(${logFile})`, {
      cause: error,
    });
  } finally {
    if (keeper.connected) keeper.disconnect();
    keeper.unref();
  }
}

/** Resolves with the keeper's state; rejects with its error, or when it ends without a message. */
async function firstState(keeper: ChildProcess, progress: Progress): Promise<DetachedState> {
  return await new Promise((resolve, reject) => {
    keeper.on("message", (message: KeeperMessage) => {
      if ("progress" in message) progress.note(message.progress);
      else if ("state" in message) resolve(message.state);
      else reject(new Error(message.error));
    });
    keeper.once("error", reject);
    keeper.once("exit", (code, signal) => reject(new Error(`the keeper ended with ${signal ?? code}`)));
  });
}

async function stopKeeper(state: DetachedState): Promise<void> {
  process.kill(state.keeper.pid, "SIGTERM");
  const deadlineMs = performance.now() + stopWithinMs;
  while (await isSameProcess(state.keeper)) {
    if (performance.now() > deadlineMs) {
      throw new ServersError(
        "detached-failed",
        `the keeper (pid ${state.keeper.pid}) did not end in ${stopWithinMs} ms`,
      );
    }
    await sleep(pollMs);
  }
}

/** Identities of the servers that are processes here. */
export async function processesOf(servers: readonly ServerDescription[]): Promise<readonly ProcessIdentity[]> {
  const found = await Promise.all(servers.map(async ({ pid }) => (pid === undefined ? undefined : identityOf(pid))));
  return found.filter((identity) => identity !== undefined);
}
