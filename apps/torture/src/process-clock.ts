/**
 * The wall clock of one process of the run, as libfaketime shows it: it can be
 * moved while the process runs, and stays moved when the process is started
 * again, as a machine's clock does. The monotonic clock is the machine's own.
 *
 * What the process really sees is written down by a witness inside of it
 * (`processes/clock-witness.ts`).
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { faketimeEnvironment } from "@trilane/servers";

export const CLOCK_WITNESS_VARIABLE = "TRILANE_TORTURE_CLOCK_WITNESS";

const WITNESS_PROGRAM = fileURLToPath(new URL("processes/clock-witness.ts", import.meta.url));
const MS_PER_SECOND = 1_000;
const NS_PER_MS = 1e6;
/** What a witness reports may be off by this much, and no step is as small. */
const SEEN_WITHIN_MS = 500;

export class ProcessClock {
  /** Of every start of the process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly nodeFlags: readonly string[] = ["--import", WITNESS_PROGRAM];
  readonly #file: string;
  readonly #witnessFile: string;
  #offsetMs = 0;

  /** @param path where its files lie, without an extension. */
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

  /** Ahead of the true time; negative where it is behind. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  step(offsetMs: number): void {
    const seconds = offsetMs / MS_PER_SECOND;
    // The process reads the file at every look at its clock: it must never be half written.
    writeFileSync(`${this.#file}.next`, `${seconds < 0 ? "" : "+"}${seconds}`);
    renameSync(`${this.#file}.next`, this.#file);
    this.#offsetMs = offsetMs;
  }

  /** Whether the process itself has seen the clock where it is set now. */
  isSeen(): boolean {
    const last = readFileSync(this.#witnessFile, "utf8").trim().split("\n").at(-1) ?? "";
    if (last === "") return false;
    const trueAheadMs = Date.now() - Number(process.hrtime.bigint()) / NS_PER_MS;
    return Math.abs(Number(last) - trueAheadMs - this.#offsetMs) < SEEN_WITHIN_MS;
  }

  /** libfaketime leaves shared memory of a process that was killed. */
  forgetProcess(pid: number): void {
    for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`]) rmSync(`/dev/shm/${name}`, { force: true });
  }
}
