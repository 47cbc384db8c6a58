/**
 * The engine of the loads of this process: one load has it at a time, in a
 * process and a folder of its own. The folder is empty when a load begins and
 * removed when it ends. Folders of processes that ended without this are
 * removed when the next load begins.
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OneAtATime } from "../formats/parquet/one-at-a-time.ts";
import { EngineProcess, type IdleProcesses } from "./engine-process.ts";

export interface LoadEngineOptions {
  readonly memoryBytes: number;
  readonly threads: number;
  /** Of the engine's process: from 0, that of other programs, to 19, the lowest. Default: 0. */
  readonly priority?: number;
  /** Default: `trilane-engine` in the system's folder for temporary files. */
  readonly folder?: string | undefined;
  /** The program of the engine's process. Default: `main.ts` of this folder. */
  readonly program?: string;
  /** For very many small loads, such as those of tests: a load takes over the process of one before. */
  readonly idle?: IdleProcesses;
}

const FOLDER = "trilane-engine";
/** A process's folder is named after it. */
const OWN_FOLDER = /^load-(\d+)$/;
/** The process's own code and the engine's, which its memory limit does not count. */
const BASE_BYTES = 160 * 1_048_576;
/** The engine takes more than its limit for a moment, so its limit is that much smaller. */
const LIMIT_SHARE = 0.6;

export class LoadEngine {
  readonly #options: LoadEngineOptions;
  readonly #turns = new OneAtATime();

  constructor(options: LoadEngineOptions) {
    this.#options = options;
  }

  /** Waits for the loads before, and prepares the folder. */
  async begin(): Promise<EngineSession> {
    const endTurn = await this.#turns.begin();
    const parent = this.#options.folder ?? join(tmpdir(), FOLDER);
    const folder = join(parent, `load-${process.pid}`);
    try {
      await mkdir(parent, { recursive: true });
      await removeLeftFolders(parent);
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder);
      return new EngineSession(folder, { ...this.#options, endTurn });
    } catch (error) {
      endTurn();
      throw error;
    }
  }
}

export class EngineSession {
  readonly folder: string;
  readonly #options: LoadEngineOptions & { readonly endTurn: () => void };
  #engine: Promise<EngineProcess> | null = null;

  constructor(folder: string, options: LoadEngineOptions & { readonly endTurn: () => void }) {
    this.folder = folder;
    this.#options = options;
  }

  /** The engine, which is started when it is first asked for. @throws EngineMissing, EngineRefusal */
  engine(): Promise<EngineProcess> {
    this.#engine ??= this.#start();
    return this.#engine;
  }

  /** Ends the engine with all of its tables; the next one is a new process. */
  async reset(): Promise<void> {
    const engine = this.#engine;
    this.#engine = null;
    // One that could not be started has no process.
    await (await engine?.catch(() => null))?.close();
    await rm(this.#work(), { recursive: true, force: true });
  }

  /** Ends the engine and removes all copies. */
  async clear(): Promise<void> {
    await this.reset();
    for (const name of await readdir(this.folder)) await rm(join(this.folder, name), { recursive: true, force: true });
  }

  async end(): Promise<void> {
    try {
      await this.reset();
      await rm(this.folder, { recursive: true, force: true });
    } finally {
      this.#options.endTurn();
    }
  }

  async #start(): Promise<EngineProcess> {
    const { memoryBytes, threads, priority, program, idle } = this.#options;
    await mkdir(this.#work(), { recursive: true });
    const memoryBytesMax = Math.floor((memoryBytes - BASE_BYTES) * LIMIT_SHARE);
    const bounds = { memoryBytesMax, residentBytesMax: memoryBytes, threads, priority };
    return EngineProcess.open({ folder: this.folder, workFolder: this.#work(), ...bounds }, program, idle);
  }

  #work(): string {
    return join(this.folder, "work");
  }
}

async function removeLeftFolders(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, processId] = OWN_FOLDER.exec(name) ?? [];
    if (processId === undefined || isRunning(Number(processId))) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** False only where no process has the number; another user's may not be asked. */
function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}
