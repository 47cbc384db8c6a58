/**
 * The checkpoints of a load that an engine reduces. The units of its writes are
 * parts of the keys; one more part holds the rows that have no key to be
 * reduced by: expired ones, and those that are checked by themselves.
 *
 * A part's checkpoint names the units that the part was reduced from. What was
 * left out then is reduced and written by itself later, in the part's next
 * round. So each row of each unit is counted in exactly one checkpoint.
 *
 * The number of the parts, and the time by which rows are judged, are fixed
 * when the load is first reduced: the same row is in the same part, and of the
 * same class, in every attempt.
 */
import { addCounts, noReceipts, type ReceiptCounts } from "@trilane/write-through";
import type { Checkpoints } from "../load/checkpoints.ts";
import { numbersOf, rangesText } from "./number-ranges.ts";

/** The values that all attempts at a load share. */
export interface ReductionRecord {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** The number of parts of the keys. */
  readonly parts: number;
}

export interface FinishedPart {
  readonly part: number;
  /** The numbers of the units that it was reduced from. */
  readonly units: readonly number[];
  readonly counts: ReceiptCounts;
  /** The counts of rows that were written or checked, by the number of their object. */
  readonly byObject: ReadonlyMap<number, ReceiptCounts>;
}

type Store = Pick<Checkpoints, "finishedUnits" | "finishUnit">;

const RECORD_ID = "reduction";
const PART_DIGITS = 5;
const ROUND_DIGITS = 3;
/** With more objects their counts do not fit in a checkpoint. */
const OBJECTS_MAX = 1_000;
const NO_NOTE = '{"units":"","objects":null}';

/** The note of a part's checkpoint, which this file alone writes. */
interface PartNote {
  readonly units: string;
  /** Null where there are too many. */
  readonly objects: readonly (readonly [number: number, counts: Partial<ReceiptCounts>])[] | null;
}

/** The record of the load, if it was reduced before. @throws LoadError */
export async function readReductionRecord(store: Store): Promise<ReductionRecord | null> {
  const note = (await store.finishedUnits([RECORD_ID])).get(RECORD_ID)?.note;
  return note === undefined || note === null ? null : (JSON.parse(note) as ReductionRecord);
}

/** Keeps the record, or answers the one that was first. @throws LoadError */
export async function keepReductionRecord(store: Store, record: ReductionRecord): Promise<ReductionRecord> {
  const unit = { id: RECORD_ID, object: "", counts: noReceipts(), note: JSON.stringify(record) };
  const { note } = await store.finishUnit(unit);
  return note === null ? record : (JSON.parse(note) as ReductionRecord);
}

export class PartCheckpoints {
  readonly #store: Store;
  readonly #covered: Set<number>[];
  readonly #rounds: number[];
  readonly #counts = noReceipts();
  readonly #byObject = new Map<number, ReceiptCounts>();
  #isByObject = true;

  /** Reads all that earlier attempts have finished. @throws LoadError */
  static async read(store: Store, { parts }: ReductionRecord): Promise<PartCheckpoints> {
    const checkpoints = new PartCheckpoints(store, parts + 1);
    for (let round = 0; ; round += 1) {
      const ids = Array.from({ length: parts + 1 }, (_, part) => idOf(part, round));
      const found = await store.finishedUnits(ids);
      if (found.size === 0) return checkpoints;
      ids.forEach((id, part) => {
        const checkpoint = found.get(id);
        if (checkpoint !== undefined) checkpoints.#add(part, checkpoint);
      });
    }
  }

  private constructor(store: Store, parts: number) {
    this.#store = store;
    this.#covered = Array.from({ length: parts }, () => new Set<number>());
    this.#rounds = Array.from({ length: parts }, () => 0);
  }

  /** The counts of all parts that are done. */
  get counts(): ReceiptCounts {
    return { ...this.#counts };
  }

  /** The counts of rows that were written or checked, by object; null where they are not known. */
  get byObject(): ReadonlyMap<number, ReceiptCounts> | null {
    return this.#isByObject ? this.#byObject : null;
  }

  /** The id that the part's next checkpoint will have. */
  nextId(part: number): string {
    return idOf(part, this.#rounds[part] ?? 0);
  }

  isCovered(part: number, unit: number): boolean {
    return this.#covered[part]?.has(unit) === true;
  }

  /** True where every part has the unit. */
  isDone(unit: number): boolean {
    return this.#covered.every((units) => units.has(unit));
  }

  /** True where some parts have the unit. */
  isBegun(unit: number): boolean {
    return this.#covered.some((units) => units.has(unit));
  }

  /** Says that a part is written. @throws LoadError TAKEN_OVER, CHECKPOINT_UNAVAILABLE */
  async finish({ part, units, counts, byObject }: FinishedPart): Promise<void> {
    const few = byObject.size <= OBJECTS_MAX;
    const objects = few ? [...byObject].map(([number, some]) => [number, present(some)] as const) : null;
    const note: PartNote = { units: rangesText(units), objects };
    const unit = { id: this.nextId(part), object: "", counts, note: JSON.stringify(note) };
    this.#add(part, await this.#store.finishUnit(unit));
  }

  #add(part: number, { counts, note }: { readonly counts: ReceiptCounts; readonly note: string | null }): void {
    const { units, objects } = JSON.parse(note ?? NO_NOTE) as PartNote;
    const covered = this.#covered[part];
    for (const unit of numbersOf(units)) covered?.add(unit);
    this.#rounds[part] = (this.#rounds[part] ?? 0) + 1;
    addCounts(this.#counts, counts);
    if (objects === null) this.#isByObject = false;
    for (const [object, some] of objects ?? []) {
      const known = this.#byObject.get(object) ?? noReceipts();
      this.#byObject.set(object, addCounts(known, { ...noReceipts(), ...some }));
    }
  }
}

function present(counts: ReceiptCounts): Partial<ReceiptCounts> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** The name of a part in all rounds. */
export function partName(part: number): string {
  return `part-${String(part).padStart(PART_DIGITS, "0")}`;
}

function idOf(part: number, round: number): string {
  return `${partName(part)}-${String(round).padStart(ROUND_DIGITS, "0")}`;
}
