/** Checkpoints in memory, under the same contract as those of the table. */
import {
  type BeginOutcome,
  CHECKPOINT_TTL_SECONDS,
  type CheckpointStore,
  type FinishedUnit,
  type FinishLoadOutcome,
  type FinishUnitOutcome,
  type LoadAttempt,
  type LoadIdentity,
  type LoadTotals,
  type ObjectContent,
  type ObjectTarget,
  type UnitCheckpoint,
} from "../../src/load/checkpoint-store.ts";

interface KeptLoad {
  readonly epoch: number;
  readonly planId: string;
  readonly totals: LoadTotals | null;
  readonly expiryMs: number;
}

interface KeptUnit extends UnitCheckpoint {
  readonly expiryMs: number;
}

interface KeptObject {
  readonly etag: string;
  readonly definition: string;
  readonly attempt: LoadAttempt;
  readonly isDone: boolean;
  readonly expiryMs: number;
}

const TTL_MS = CHECKPOINT_TTL_SECONDS * 1_000;

export class MemoryCheckpointStore implements CheckpointStore {
  readonly #nowMs: () => number;
  readonly #loads = new Map<string, KeptLoad>();
  readonly #objects = new Map<string, KeptObject>();
  readonly #units = new Map<string, KeptUnit>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  begin({ loadId, planId }: LoadIdentity): Promise<BeginOutcome> {
    const known = this.#loads.get(loadId);
    if (known !== undefined && !this.#isOver(known)) {
      if (known.planId !== planId) return Promise.resolve({ kind: "other-load" });
      if (known.totals !== null) return Promise.resolve({ kind: "done", totals: known.totals });
    }
    const epoch = (known?.epoch ?? 0) + 1;
    this.#loads.set(loadId, { epoch, planId, totals: null, expiryMs: this.#expiryMs() });
    return Promise.resolve({ kind: "begun", epoch });
  }

  finishedUnits(loadId: string, unitIds: readonly string[]): Promise<ReadonlyMap<string, UnitCheckpoint>> {
    const found = unitIds.flatMap((id) => {
      const unit = this.#units.get(nameOf(loadId, id));
      return unit === undefined || this.#isOver(unit) ? [] : [[id, { counts: unit.counts, note: unit.note }] as const];
    });
    return Promise.resolve(new Map(found));
  }

  finishUnit({ loadId, epoch }: LoadAttempt, { id, counts, ...unit }: FinishedUnit): Promise<FinishUnitOutcome> {
    const load = this.#loads.get(loadId);
    const note = unit.note ?? null;
    if (load?.epoch !== epoch) return Promise.resolve({ kind: "taken-over" });
    const known = this.#units.get(nameOf(loadId, id));
    if (known !== undefined && !this.#isOver(known)) {
      return Promise.resolve({ kind: "finished", counts: known.counts, note: known.note });
    }
    if (load.totals !== null) return Promise.resolve({ kind: "taken-over" });
    this.#units.set(nameOf(loadId, id), { counts, note, expiryMs: this.#expiryMs() });
    return Promise.resolve({ kind: "finished", counts, note });
  }

  finishLoad({ loadId, epoch }: LoadAttempt, totals: LoadTotals): Promise<FinishLoadOutcome> {
    const load = this.#loads.get(loadId);
    if (load?.epoch !== epoch) return Promise.resolve({ kind: "taken-over" });
    this.#loads.set(loadId, { ...load, totals, expiryMs: this.#expiryMs() });
    return Promise.resolve({ kind: "finished" });
  }

  loadedObjects({ group, definition }: ObjectTarget, objects: readonly ObjectContent[]): Promise<ReadonlySet<string>> {
    const loaded = objects.filter(({ object, etag }) => {
      const known = this.#objects.get(nameOf(group, object));
      if (known === undefined || this.#isOver(known)) return false;
      return known.isDone && known.etag === etag && known.definition === definition;
    });
    return Promise.resolve(new Set(loaded.map(({ object }) => object)));
  }

  beginObjects(attempt: LoadAttempt, target: ObjectTarget, objects: readonly ObjectContent[]): Promise<void> {
    for (const { object, etag } of objects) {
      const { definition } = target;
      const kept = { etag, definition, attempt, isDone: false, expiryMs: this.#expiryMs() };
      this.#objects.set(nameOf(target.group, object), kept);
    }
    return Promise.resolve();
  }

  finishObjects(attempt: LoadAttempt, { group }: ObjectTarget, objects: readonly ObjectContent[]): Promise<void> {
    for (const { object } of objects) {
      const known = this.#objects.get(nameOf(group, object));
      if (known?.attempt.loadId !== attempt.loadId || known.attempt.epoch !== attempt.epoch) continue;
      this.#objects.set(nameOf(group, object), { ...known, isDone: true, expiryMs: this.#expiryMs() });
    }
    return Promise.resolve();
  }

  #isOver({ expiryMs }: { readonly expiryMs: number }): boolean {
    return expiryMs < this.#nowMs();
  }

  #expiryMs(): number {
    return this.#nowMs() + TTL_MS;
  }
}

function nameOf(loadId: string, unitId: string): string {
  return `${loadId}#${unitId}`;
}
