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
  } finally {
    drain.close();
  }
  return run.outcome();
}

class Run {
  readonly #options: RunOptions;
  readonly #done = noReceipts();
  readonly #failures: Error[] = [];
  #unitsDone = 0;
  #isStopped = false;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  async take(unit: WorkUnit, signal: AbortSignal): Promise<void> {
    const { run, signal: stop, onReceipts, onUnitDone } = this.#options;
    if (this.#isStopped || stop?.aborted === true) return;
    try {
      addCounts(this.#done, await run(unit, { signal, onReceipts }));
      this.#unitsDone += 1;
      onUnitDone();
    } catch (error) {
      this.#failed(error, signal);
    }
  }

  outcome(): RunOutcome {
    return { unitsDone: this.#unitsDone, counts: this.#done, failures: this.#failures };
  }

  #failed(error: unknown, signal: AbortSignal): void {
    // The limit of the drain ended the unit, so the interruption is reported, not the unit.
    if (signal.aborted && error === signal.reason) return;
    this.#failures.push(error instanceof Error ? error : new Error(String(error)));
    const isOfObject = error instanceof LoadError && ["OBJECT_UNREADABLE", "OBJECT_CHANGED"].includes(error.code);
    if (!isOfObject) this.#isStopped = true;
  }
}
