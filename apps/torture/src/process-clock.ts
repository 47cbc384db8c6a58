/**
 * The wall clock of one process of the run, by libfaketime. It can be moved
 * while the process runs, and stays moved when the process is started again,
 * like a machine's clock. The monotonic clock is the machine's own.
 *
 * A witness inside of the process writes down which time the process really
 * sees (`processes/clock-witness.ts`).
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { faketimeEnvironment } from "@trilane/servers";

export const CLOCK_WITNESS_VARIABLE = "TRILANE_TORTURE_CLOCK_WITNESS";

const WITNESS_PROGRAM = fileURLToPath(new URL("processes/clock-witness.ts", import.meta.url));
const MS_PER_SECOND = 1_000;
const NS_PER_MS = 1e6;
/** A witness's report may differ by this much, and no step is as small. */
const SEEN_WITHIN_MS = 500;

export class ProcessClock {
  /** The environment of every start of the process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly nodeFlags: readonly string[] = ["--import", WITNESS_PROGRAM];
  readonly #file: string;
  readonly #witnessFile: string;
  #offsetMs = 0;

  /** @param path the path of its files, without an extension */
  constructor(library: string, path: string) {
    this.#file = `${path}.clock`;
    this.#witnessFile = `${path}.clock-witness`;
    writeFileSync(this.#witnessFile, "");
    this.environment = {
      ...faketimeEnvironment(library, this.#file),
      [CLOCK_WITNESS_VARIABLE]: this.#witnessFile,
    };
    this.step(0);
  }

  /** How far the clock is ahead of the true time; negative where it is behind. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  step(offsetMs: number): void {
    const seconds = offsetMs / MS_PER_SECOND;
    // The process reads the file at every look at its clock, so it must never be half written.
    writeFileSync(`${this.#file}.next`, `${seconds < 0 ? "" : "+"}${seconds}`);
    renameSync(`${this.#file}.next`, this.#file);
    this.#offsetMs = offsetMs;
  }

  /** True where the process itself has seen its clock at the present setting. */
  isSeen(): boolean {
    const last = readFileSync(this.#witnessFile, "utf8").trim().split("\n").at(-1) ?? "";
    if (last === "") return false;
    const trueAheadMs = Date.now() - Number(process.hrtime.bigint()) / NS_PER_MS;
    return Math.abs(Number(last) - trueAheadMs - this.#offsetMs) < SEEN_WITHIN_MS;
  }

  /** Removes the shared memory that libfaketime leaves of a killed process. */
  forgetProcess(pid: number): void {
    for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`]) rmSync(`/dev/shm/${name}`, { force: true });
  }
}
