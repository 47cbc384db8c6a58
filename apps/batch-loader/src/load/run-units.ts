/**
 * Runs the units of a load, a few at a time.
 *
 * A fault of one object stops its units alone. After a fault of the store, the
 * cache or the checkpoints no further units are taken: they would all fail in
 * the same way, and the load continues when it is run again.
 */
import { addCounts, type Clock, noReceipts, type ReceiptCounts } from "@trilane/write-through";
import pLimit from "p-limit";
import { LoadError } from "../errors.ts";
import { consumedOf, type LoadProgress } from "../report.ts";
import { Drain } from "./drain.ts";
import type { UnitCall } from "./run-unit.ts";
import type { WorkUnit } from "./work-unit.ts";

export interface RunOptions {
  /** Loads a unit and resolves with the counts that its checkpoint has. */
  readonly run: (unit: WorkUnit, call: UnitCall) => Promise<ReceiptCounts>;
  readonly clock: Clock;
  readonly limits: { readonly unitsUnderWay: number; readonly drainMs: number };
  /** When it fires, no further unit is taken, and those under way have `limits.drainMs` left. */
  readonly signal?: AbortSignal | undefined;
  readonly unitsAll: number;
  readonly unitsBefore: number;
  readonly onProgress: (progress: LoadProgress) => void;
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
  run.report();
  const limit = pLimit(limits.unitsUnderWay);
  const drain = new Drain({ clock, drainMs: limits.drainMs, signal });
  try {
    await Promise.all(units.map((unit) => limit(() => run.take(unit, drain.signal))));
  } finally {
    drain.close();
  }
  return run.outcome();
}

class Run {
  readonly #options: RunOptions;
  readonly #startMs: number;
  readonly #done = noReceipts();
  readonly #seen = noReceipts();
  readonly #failures: Error[] = [];
  #unitsDone = 0;
  #isStopped = false;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#startMs = options.clock.monotonicMs();
  }

  async take(unit: WorkUnit, signal: AbortSignal): Promise<void> {
    const { run, signal: stop } = this.#options;
    if (this.#isStopped || stop?.aborted === true) return;
    const onReceipts = (counts: ReceiptCounts): void => {
      addCounts(this.#seen, counts);
      this.report();
    };
    try {
      addCounts(this.#done, await run(unit, { signal, onReceipts }));
      this.#unitsDone += 1;
      this.report();
    } catch (error) {
      this.#failed(error, signal);
    }
  }

  outcome(): RunOutcome {
    return { unitsDone: this.#unitsDone, counts: this.#done, failures: this.#failures };
  }

  /** Reports the units that are done so far. */
  report(): void {
    const { unitsAll, unitsBefore, onProgress, clock } = this.#options;
    onProgress({
      unitsDone: unitsBefore + this.#unitsDone,
      unitsAll,
      unitsBefore,
      consumed: consumedOf(this.#seen),
      receipts: { ...this.#seen },
      elapsedMs: clock.monotonicMs() - this.#startMs,
    });
  }

  #failed(error: unknown, signal: AbortSignal): void {
    // The limit of the drain ended the unit, so the interruption is reported, not the unit.
    if (signal.aborted && error === signal.reason) return;
    this.#failures.push(error instanceof Error ? error : new Error(String(error)));
    const isOfObject = error instanceof LoadError && ["OBJECT_UNREADABLE", "OBJECT_CHANGED"].includes(error.code);
    if (!isOfObject) this.#isStopped = true;
  }
}
