/**
 * The checkpoints of one attempt at a load. The store's answers become results,
 * or the load's error.
 */
import { LoadError } from "../errors.ts";
import type {
  CheckpointStore,
  FinishedUnit,
  LoadAttempt,
  LoadIdentity,
  LoadTotals,
  ObjectContent,
  ObjectTarget,
  UnitCheckpoint,
} from "./checkpoint-store.ts";

export type LoadBegin =
  | { readonly kind: "begun"; readonly checkpoints: Checkpoints }
  | { readonly kind: "done"; readonly totals: LoadTotals };

/** @throws LoadError INVALID_SOURCE when the id belongs to another load; TAKEN_OVER, CHECKPOINT_UNAVAILABLE */
export async function beginLoad(store: CheckpointStore, load: LoadIdentity): Promise<LoadBegin> {
  const outcome = await store.begin(load);
  switch (outcome.kind) {
    case "begun":
      return { kind: "begun", checkpoints: new Checkpoints(store, { loadId: load.loadId, epoch: outcome.epoch }) };
    case "done":
      return outcome;
    case "other-load":
      throw new LoadError(
        "INVALID_SOURCE",
        `the load id "${load.loadId}" belongs to a load of another group or of other objects: choose another, or leave it out`,
      );
    case "taken-over":
      throw takenOver(load.loadId);
  }
}

export class Checkpoints {
  readonly #store: CheckpointStore;
  readonly #attempt: LoadAttempt;

  constructor(store: CheckpointStore, attempt: LoadAttempt) {
    this.#store = store;
    this.#attempt = attempt;
  }

  /** The units that are done, of these units, with their checkpoints. @throws LoadError CHECKPOINT_UNAVAILABLE */
  finishedUnits(unitIds: readonly string[]): Promise<ReadonlyMap<string, UnitCheckpoint>> {
    return this.#store.finishedUnits(this.#attempt.loadId, unitIds);
  }

  /** Says which content is about to be loaded. @throws LoadError CHECKPOINT_UNAVAILABLE */
  beginObjects(target: ObjectTarget, objects: readonly ObjectContent[]): Promise<void> {
    return this.#store.beginObjects(this.#attempt, target, objects);
  }

  /** Says that this content is loaded. @throws LoadError CHECKPOINT_UNAVAILABLE */
  finishObjects(target: ObjectTarget, objects: readonly ObjectContent[]): Promise<void> {
    return this.#store.finishObjects(this.#attempt, target, objects);
  }

  /** The checkpoint that is valid. @throws LoadError TAKEN_OVER, CHECKPOINT_UNAVAILABLE */
  async finishUnit(unit: FinishedUnit): Promise<UnitCheckpoint> {
    const outcome = await this.#store.finishUnit(this.#attempt, unit);
    if (outcome.kind === "taken-over") throw takenOver(this.#attempt.loadId);
    return outcome;
  }

  /** @throws LoadError TAKEN_OVER, CHECKPOINT_UNAVAILABLE */
  async finishLoad(totals: LoadTotals): Promise<void> {
    const outcome = await this.#store.finishLoad(this.#attempt, totals);
    if (outcome.kind === "taken-over") throw takenOver(this.#attempt.loadId);
  }
}

function takenOver(loadId: string): LoadError {
  return new LoadError(
    "TAKEN_OVER",
    `another process began the load ${loadId} after this one and goes on with it; this one stops`,
  );
}
