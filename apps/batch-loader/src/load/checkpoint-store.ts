/**
 * The port of the checkpoints. They say which units of a load are done, so that
 * the same load continues after any end.
 *
 * Every attempt at a load takes the next epoch, and writes only while the epoch
 * is still its own. A second loader of the same load takes over, the first
 * stops at its next checkpoint, and no unit counts twice. A crash between a
 * unit's last record and its checkpoint makes the unit run again, and its
 * records are then `duplicate`. All checkpoints are removed after
 * `CHECKPOINT_TTL_SECONDS`.
 */
import type { ReceiptCounts } from "@trilane/write-through";

export const CHECKPOINT_TTL_SECONDS = 7_776_000;

export interface LoadIdentity {
  readonly loadId: string;
  /** The plan of the load; another plan under the same id is another load. */
  readonly planId: string;
  /** The feature group, for people who look at the store. */
  readonly group: string;
}

export interface LoadAttempt {
  readonly loadId: string;
  /** The epoch from `begin`. */
  readonly epoch: number;
}

export interface FinishedUnit {
  readonly id: string;
  /** Its address, for people who look at the store. */
  readonly object: string;
  readonly counts: ReceiptCounts;
}

/** The data that a finished load keeps. */
export interface LoadTotals {
  readonly units: number;
  readonly counts: ReceiptCounts;
}

/** Another attempt began later, and continues the load. */
interface TakenOver {
  readonly kind: "taken-over";
}

export type BeginOutcome =
  | { readonly kind: "begun"; readonly epoch: number }
  | { readonly kind: "done"; readonly totals: LoadTotals }
  /** The id belongs to a load with another plan. */
  | { readonly kind: "other-load" }
  | TakenOver;

export type FinishUnitOutcome =
  /** The counts that are valid: those of another attempt, if it was first. */
  { readonly kind: "finished"; readonly counts: ReceiptCounts } | TakenOver;

export type FinishLoadOutcome = { readonly kind: "finished" } | TakenOver;

/** Every method rejects with a LoadError CHECKPOINT_UNAVAILABLE where the store gives no answer, or refuses. */
export interface CheckpointStore {
  /** Takes the next epoch of a load that is new, or not done. */
  begin(load: LoadIdentity): Promise<BeginOutcome>;
  /** The units that are done, of these units of the load, with their counts. */
  finishedUnits(loadId: string, unitIds: readonly string[]): Promise<ReadonlyMap<string, ReceiptCounts>>;
  /** Says that all records of a unit have their receipts. */
  finishUnit(attempt: LoadAttempt, unit: FinishedUnit): Promise<FinishUnitOutcome>;
  /** Says that all units are done. */
  finishLoad(attempt: LoadAttempt, totals: LoadTotals): Promise<FinishLoadOutcome>;
}
