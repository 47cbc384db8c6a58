/** The report of one run of the on-demand lane; the receipts add up to what was consumed. */
import type { Metrics } from "@trilane/lane-kit";
import { addCounts, noReceipts, type ReceiptCounts } from "@trilane/write-through";
import type { JobErrorCode } from "./errors.ts";
import type { JobResult } from "./job-results.ts";

export interface WorkReport {
  readonly jobs: {
    readonly completed: number;
    /** The number of attempts that failed, whether or not another attempt follows. */
    readonly failedAttempts: number;
  };
  /**
   * The number of records and keys of completed jobs: applied + superseded + duplicate + expired + erased + dead. Loads count
   * their own records.
   */
  readonly consumed: number;
  readonly receipts: Readonly<ReceiptCounts>;
  readonly deadLetters: number;
  /** The number of completed loads. */
  readonly loads: number;
  /** The persons that jobs erased. */
  readonly erasures: number;
}

export class WorkCounts {
  readonly #jobs: ReturnType<Metrics["counter"]>;
  readonly #refused: ReturnType<Metrics["counter"]>;
  readonly #receipts: ReceiptCounts = noReceipts();
  #completed = 0;
  #failedAttempts = 0;
  #consumed = 0;
  #loads = 0;
  #erasures = 0;

  constructor(metrics: Metrics) {
    this.#jobs = metrics.counter("trilane_jobs_total", "Attempts of jobs by outcome", ["outcome"]);
    this.#refused = metrics.counter("trilane_jobs_refused_total", "Jobs that were not allowed, by code", ["code"]);
  }

  completed(result: JobResult): void {
    this.#completed += 1;
    this.#jobs.inc({ outcome: "completed" });
    if (result.kind === "loaded") {
      this.#loads += 1;
      return;
    }
    if (result.kind === "erased") {
      this.#erasures += result.erasures.length;
      return;
    }
    this.#consumed += result.receipts.length;
    addCounts(this.#receipts, result.counts);
  }

  /** `refusal`: the code of a job that was not allowed; null for every other failure. */
  failed(refusal: JobErrorCode | null): void {
    this.#failedAttempts += 1;
    if (refusal !== null) this.#refused.inc({ code: refusal });
    this.#jobs.inc({ outcome: "failed" });
  }

  report(): WorkReport {
    const receipts = { ...this.#receipts };
    return {
      jobs: { completed: this.#completed, failedAttempts: this.#failedAttempts },
      consumed: this.#consumed,
      receipts,
      deadLetters: receipts.dead,
      loads: this.#loads,
      erasures: this.#erasures,
    };
  }
}
