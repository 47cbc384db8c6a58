/** The report of a load, and its progress while it runs. */
import { endsLane } from "@trilane/lane-kit";
import { CoreError, type ReceiptCounts } from "@trilane/write-through";
import { LoadError } from "./errors.ts";
import type { PassedOver } from "./s3/passed-over.ts";
import type { ObjectReport } from "./report/object-tally.ts";
import type { ReductionReport } from "./report/reduction-report.ts";
import type { Refusal } from "./report/refusals.ts";

export interface LoadReport {
  readonly loadId: string;
  /** The load was done before, and nothing was done now; the numbers are those of the earlier run. */
  readonly alreadyDone: boolean;
  readonly units: number;
  /** The number of these units that an earlier attempt has done. */
  readonly unitsBefore: number;
  /** The number of rows of all units that are done, in this attempt and before; the sum of the receipts. */
  readonly consumed: number;
  readonly receipts: ReceiptCounts;
  /** The address of the refused rows; null where there are none. */
  readonly deadLetters: string | null;
  /** The refused rows of this attempt by reason, the most frequent first. */
  readonly refusals: readonly Refusal[];
  /** The objects under the prefix that are no part of the load, by reason. */
  readonly passedOver: readonly PassedOver[];
  /**
   * The counts of units that are not done, in this attempt: such rows are in the store, and come again when the load is
   * run again.
   */
  readonly unfinished: ReceiptCounts;
  /** Objects that were left out because their content was loaded before. */
  readonly unchanged: number;
  /** How the units of Parquet objects were loaded. */
  readonly reduced: ReductionReport;
  /**
   * The first objects, the failed ones before the others; for a load that was done before, only those that were left
   * out.
   */
  readonly objects: readonly ObjectReport[];
  readonly durationMs: number;
}

export interface LoadProgress {
  readonly unitsDone: number;
  readonly unitsAll: number;
  /** The number of units that an earlier attempt has done. */
  readonly unitsBefore: number;
  /** The number of rows of this attempt. */
  readonly consumed: number;
  /** The receipts of this attempt. */
  readonly receipts: ReceiptCounts;
  readonly elapsedMs: number;
}

/**
 * The load has failed: some units failed, it was interrupted, or too many rows were refused. `report` counts the units
 * that are done.
 */
export class IncompleteLoadError extends LoadError {
  readonly report: LoadReport;
  /** The errors of the units and objects that failed. */
  readonly failures: readonly Error[];

  constructor(
    code: "UNITS_FAILED" | "INTERRUPTED" | "ROWS_REFUSED",
    message: string,
    options: { readonly report: LoadReport; readonly failures: readonly Error[] },
  ) {
    super(code, message, { cause: options.failures[0] });
    this.report = options.report;
    this.failures = options.failures;
  }
}

/** The same load may be complete when it is simply run again. */
export function isWorthAnotherRun(error: unknown): boolean {
  if (error instanceof IncompleteLoadError && error.failures.length > 0) return error.failures.every(isWorthAnotherRun);
  if (!(error instanceof LoadError)) return false;
  // A record that the store refuses for good would be refused again.
  return error.retryable && !(error.cause instanceof CoreError && endsLane(error.cause));
}
