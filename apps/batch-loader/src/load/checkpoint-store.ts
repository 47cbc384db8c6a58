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

/** The group of the rows, and its definition at that time. */
export interface ObjectTarget {
  readonly group: string;
  /** The digest of the definition. */
  readonly definition: string;
}

/** The content of one object when a load took it. */
export interface ObjectContent {
  /** Its address. */
  readonly object: string;
  readonly etag: string;
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
  /** A text of the load's own about the unit. */
  readonly note?: string;
}

/** The checkpoint of a unit that is done. */
export interface UnitCheckpoint {
  readonly counts: ReceiptCounts;
  /** Null where the unit has none. */
  readonly note: string | null;
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
  /** The checkpoint that is valid: that of another attempt, if it was first. */
  ({ readonly kind: "finished" } & UnitCheckpoint) | TakenOver;

export type FinishLoadOutcome = { readonly kind: "finished" } | TakenOver;

/** Every method rejects with a LoadError CHECKPOINT_UNAVAILABLE where the store gives no answer, or refuses. */
export interface CheckpointStore {
  /** Takes the next epoch of a load that is new, or not done. */
  begin(load: LoadIdentity): Promise<BeginOutcome>;
  /** The units that are done, of these units of the load, with their checkpoints. */
  finishedUnits(loadId: string, unitIds: readonly string[]): Promise<ReadonlyMap<string, UnitCheckpoint>>;
  /** Says that all records of a unit have their receipts. */
  finishUnit(attempt: LoadAttempt, unit: FinishedUnit): Promise<FinishUnitOutcome>;
  /** Says that all units are done. */
  finishLoad(attempt: LoadAttempt, totals: LoadTotals): Promise<FinishLoadOutcome>;

  /**
   * The addresses of those objects whose last load into the group took exactly this content by exactly this definition,
   * and is done. A load of another content counts even if it has only begun since then.
   */
  loadedObjects(target: ObjectTarget, objects: readonly ObjectContent[]): Promise<ReadonlySet<string>>;
  /** Says, before the first record, which content the attempt is about to load from each address. */
  beginObjects(attempt: LoadAttempt, target: ObjectTarget, objects: readonly ObjectContent[]): Promise<void>;
  /** Says that all of it is loaded, for those addresses that no other attempt has begun since then. */
  finishObjects(attempt: LoadAttempt, target: ObjectTarget, objects: readonly ObjectContent[]): Promise<void>;
}
