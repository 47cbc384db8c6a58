/**
 * Runs the units of a load, a few at a time.
 *
 * A fault of one object stops its units alone. After a fault of the store, the
 * cache or the checkpoints no further units are taken: they would all fail in
 * the same way, and the load continues when it is run again. Units that wait
 * for the others are finished last, once every other row that can be read is
 * written.
 */
import { addCounts, type Clock, noReceipts, type ReceiptCounts } from "@trilane/write-through";
import pLimit from "p-limit";
import { LoadError } from "../errors.ts";
import { Drain } from "./drain.ts";
import { isWaiting, type UnitCall, type UnitRun, type WaitingUnit } from "./run-unit.ts";
import type { WorkUnit } from "./work-unit.ts";

export interface RunOptions {
  /** Loads a unit and resolves with the counts that its checkpoint has, or with what finishes it later. */
  readonly run: (unit: WorkUnit, call: UnitCall) => Promise<UnitRun>;
  /** True where other rows of the load could not be written, and may be when it is run again. Default: no. */
  readonly othersAreLeft?: boolean;
  readonly clock: Clock;
  readonly limits: { readonly unitsUnderWay: number; readonly drainMs: number };
  /** When it fires, no further unit is taken, and those under way have `limits.drainMs` left. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the receipts of each slice. */
  readonly onReceipts: (counts: ReceiptCounts) => void;
  readonly onUnitDone: () => void;
}

export interface RunOutcome {
  readonly unitsDone: number;
  /** The counts of the units that are done. */
  readonly counts: ReceiptCounts;
  readonly failures: readonly Error[];
}

export async function runUnits(units: readonly WorkUnit[], options: RunOptions): Promise<RunOutcome> {
  const { clock, limits, signal } = options;
  const run = new Run(options);
  const limit = pLimit(limits.unitsUnderWay);
  const drain = new Drain({ clock, drainMs: limits.drainMs, signal });
  try {
    await Promise.all(units.map((unit) => limit(() => run.take(unit, drain.signal))));
    await Promise.all(run.waiting().map((finish) => limit(() => run.finish(finish, drain.signal))));
  } finally {
    drain.close();
  }
  return run.outcome();
}

type Finish = WaitingUnit["finish"];

class Run {
  readonly #options: RunOptions;
  readonly #done = noReceipts();
  readonly #failures: Error[] = [];
  readonly #waiting: Finish[] = [];
  #unitsDone = 0;
  #isStopped = false;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  async take(unit: WorkUnit, signal: AbortSignal): Promise<void> {
    const { run, onReceipts } = this.#options;
    if (this.#isOver()) return;
    try {
      const result = await run(unit, { signal, onReceipts });
      if (isWaiting(result)) this.#waiting.push(result.finish);
      else this.#took(result);
    } catch (error) {
      this.#failed(error, signal);
    }
  }

  /** The units that may be finished now: none where rows are left that may be written when the load is run again. */
  waiting(): readonly Finish[] {
    return this.#isOver() || this.#options.othersAreLeft === true ? [] : this.#waiting;
  }

  async finish(finish: Finish, signal: AbortSignal): Promise<void> {
    if (this.#isOver()) return;
    try {
      this.#took(await finish({ signal, onReceipts: this.#options.onReceipts }));
    } catch (error) {
      this.#failed(error, signal);
    }
  }

  #took(counts: ReceiptCounts): void {
    addCounts(this.#done, counts);
    this.#unitsDone += 1;
    this.#options.onUnitDone();
  }

  #isOver(): boolean {
    return this.#isStopped || this.#options.signal?.aborted === true;
  }

  outcome(): RunOutcome {
    return { unitsDone: this.#unitsDone, counts: this.#done, failures: this.#failures };
  }

  #failed(error: unknown, signal: AbortSignal): void {
    // The limit of the drain ended the unit, so the interruption is reported, not the unit.
    if (signal.aborted && error === signal.reason) return;
    this.#failures.push(error instanceof Error ? error : new Error(String(error)));
    if (!isOfObject(error)) this.#isStopped = true;
  }
}

/** True for a fault of one object, which stays however often the load is run. */
export function isOfObject(error: unknown): boolean {
  return error instanceof LoadError && ["OBJECT_UNREADABLE", "OBJECT_CHANGED"].includes(error.code);
}
