/**
 * Runs the units of a load, a few at a time.
 *
 * What is wrong with one object stops its units alone. What is wrong with the
 * store, the cache or the checkpoints stops the taking of further units: they
 * would all fail the same way, and a run again resumes.
 */
import { noReceipts, type ReceiptCounts } from "@trilane/write-through";
import pLimit from "p-limit";
import { LoadError } from "../errors.ts";
import type { LoadProgress } from "../report.ts";
import { consumedOf } from "../report.ts";
import { addCounts, runUnit, type UnitOptions } from "./run-unit.ts";
import type { WorkUnit } from "./work-unit.ts";

export interface RunOptions extends Omit<UnitOptions, "onReceipts" | "signal"> {
  /** When it fires, no further unit is taken, and those under way have `limits.drainMs` left. */
  readonly signal?: AbortSignal | undefined;
  readonly unitsAll: number;
  readonly unitsBefore: number;
  readonly onProgress: (progress: LoadProgress) => void;
}

export interface RunOutcome {
  readonly unitsDone: number;
  /** Of the units that are done. */
  readonly counts: ReceiptCounts;
  readonly failures: readonly Error[];
}

export async function runUnits(units: readonly WorkUnit[], options: RunOptions): Promise<RunOutcome> {
  const run = new Run(options);
  run.report();
  const limit = pLimit(options.limits.unitsUnderWay);
  const drain = new Drain(options);
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
    this.#startMs = options.platform.clock.monotonicMs();
  }

  async take(unit: WorkUnit, signal: AbortSignal): Promise<void> {
    const { signal: stop } = this.#options;
    if (this.#isStopped || stop?.aborted === true) return;
    const onReceipts = (counts: ReceiptCounts): void => {
      addCounts(this.#seen, counts);
      this.report();
    };
    try {
      addCounts(this.#done, await runUnit(unit, { ...this.#options, signal, onReceipts }));
      this.#unitsDone += 1;
      this.report();
    } catch (error) {
      this.#failed(error, signal);
    }
  }

  outcome(): RunOutcome {
    return { unitsDone: this.#unitsDone, counts: this.#done, failures: this.#failures };
  }

  /** What is done so far, to whoever watches. */
  report(): void {
    const { unitsAll, unitsBefore, onProgress, platform } = this.#options;
    onProgress({
      unitsDone: unitsBefore + this.#unitsDone,
      unitsAll,
      unitsBefore,
      consumed: consumedOf(this.#seen),
      receipts: { ...this.#seen },
      elapsedMs: platform.clock.monotonicMs() - this.#startMs,
    });
  }

  #failed(error: unknown, signal: AbortSignal): void {
    // Cut off by the drain's limit: the interruption is reported, not the unit.
    if (signal.aborted && error === signal.reason) return;
    this.#failures.push(error instanceof Error ? error : new Error(String(error)));
    const isOfObject = error instanceof LoadError && ["OBJECT_UNREADABLE", "OBJECT_CHANGED"].includes(error.code);
    if (!isOfObject) this.#isStopped = true;
  }
}

/** Fires `drainMs` after the load's own signal. */
class Drain {
  readonly #controller = new AbortController();
  readonly #options: RunOptions;
  readonly #onStop = (): void => {
    const { platform, limits } = this.#options;
    this.#cancel = platform.clock.schedule(limits.drainMs, () => {
      this.#controller.abort(new Error(`the unit was not done ${limits.drainMs} ms after the interruption`));
    });
  };
  #cancel: () => void = () => undefined;

  constructor(options: RunOptions) {
    this.#options = options;
    if (options.signal?.aborted === true) this.#onStop();
    else options.signal?.addEventListener("abort", this.#onStop, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  close(): void {
    this.#cancel();
    this.#options.signal?.removeEventListener("abort", this.#onStop);
  }
}
