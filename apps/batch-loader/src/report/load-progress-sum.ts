/** The progress of a load, summed over its stages and told at each change. */
import { consumedOf } from "./consumed-of.ts";
import { addCounts, type Clock, noReceipts, type ReceiptCounts } from "@trilane/write-through";
import { type LoadProgress } from "../report.ts";

export interface LoadProgressOptions {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly unitsAll: number;
  readonly unitsBefore: number;
  readonly onProgress: (progress: LoadProgress) => void;
}

export class LoadProgressSum {
  readonly #options: LoadProgressOptions;
  readonly #startMs: number;
  readonly #seen = noReceipts();
  #unitsDone = 0;

  constructor(options: LoadProgressOptions) {
    this.#options = options;
    this.#startMs = options.clock.monotonicMs();
    this.#report();
  }

  add(counts: Readonly<ReceiptCounts>): void {
    addCounts(this.#seen, counts);
    this.#report();
  }

  unitsDone(units: number): void {
    this.#unitsDone += units;
    this.#report();
  }

  #report(): void {
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
}
