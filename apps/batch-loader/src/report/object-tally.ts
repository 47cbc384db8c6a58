/**
 * The outcome of a load for each of its objects. A failed object is told with the rows that were written
 * before: they are in the store, and come again when their unit is run again.
 */
import { addCounts, noReceipts, type ReceiptCounts } from "@trilane/write-through";
import { isWaiting, type UnitCall, type UnitRun } from "../load/run-unit.ts";

export type ObjectState =
  /** All of its units are done. */
  | "loaded"
  /** It cannot be read, or a unit of it failed. */
  | "failed"
  /** The load ended before all of its units were run. */
  | "left"
  /** It was loaded before with the same content, and `--skip-unchanged` left it out. */
  | "unchanged";

export interface ObjectReport {
  /** Its address. */
  readonly object: string;
  readonly state: ObjectState;
  /** The counts of all its units that are done, in this attempt and before. */
  readonly receipts: ReceiptCounts;
  /** The counts of units that are not done, in this attempt. */
  readonly unfinished: ReceiptCounts;
}

interface Entry {
  isFailed: boolean;
  unitsLeft: number;
  readonly receipts: ReceiptCounts;
  readonly unfinished: ReceiptCounts;
}

const ORDER: readonly ObjectState[] = ["failed", "left", "loaded", "unchanged"];

export class ObjectTally {
  readonly #entries = new Map<string, Entry>();
  readonly #unchanged: readonly string[];

  constructor(objects: readonly string[], unchanged: readonly string[] = []) {
    for (const object of objects) {
      this.#entries.set(object, {
        isFailed: false,
        unitsLeft: 0,
        receipts: noReceipts(),
        unfinished: noReceipts(),
      });
    }
    this.#unchanged = unchanged;
  }

  /** To call for each unit before it runs, or when it is known to be done. */
  expect(object: string): void {
    const entry = this.#entries.get(object);
    if (entry !== undefined) entry.unitsLeft += 1;
  }

  /** Runs a unit of the object, and keeps its result. */
  async watch(object: string, call: UnitCall, run: (call: UnitCall) => Promise<UnitRun>): Promise<UnitRun> {
    const seen = noReceipts();
    const result = await this.#watched(object, { call, seen }, run);
    if (!isWaiting(result)) return this.#kept(object, result);
    const finish = async (later: UnitCall): Promise<ReceiptCounts> =>
      this.#kept(object, await this.#watched(object, { call: later, seen }, result.finish));
    return { kind: "waits", finish };
  }

  async #watched<Result>(
    object: string,
    { call, seen }: { readonly call: UnitCall; readonly seen: ReceiptCounts },
    run: (call: UnitCall) => Promise<Result>,
  ): Promise<Result> {
    const onReceipts = (counts: ReceiptCounts): void => {
      addCounts(seen, counts);
      call.onReceipts(counts);
    };
    try {
      return await run({ ...call, onReceipts });
    } catch (error) {
      const entry = this.#entries.get(object);
      if (entry !== undefined) addCounts(entry.unfinished, seen);
      if (!call.signal.aborted) this.failed(object);
      throw error;
    }
  }

  #kept(object: string, counts: ReceiptCounts): ReceiptCounts {
    this.done(object, counts);
    return counts;
  }

  done(object: string, counts: ReceiptCounts): void {
    const entry = this.#entries.get(object);
    if (entry === undefined) return;
    entry.unitsLeft -= 1;
    addCounts(entry.receipts, counts);
  }

  failed(object: string): void {
    const entry = this.#entries.get(object);
    if (entry !== undefined) entry.isFailed = true;
  }

  /** The receipts of units that are not done. */
  unfinished(): ReceiptCounts {
    const counts = noReceipts();
    for (const entry of this.#entries.values()) addCounts(counts, entry.unfinished);
    return counts;
  }

  /** The failed objects first, up to a maximum. */
  all(objectsMax: number): readonly ObjectReport[] {
    const known = [...this.#entries].map(([object, entry]): ObjectReport => {
      const { receipts, unfinished } = entry;
      return { object, state: stateOf(entry), receipts, unfinished };
    });
    return [...known, ...this.unchanged(objectsMax)]
      .toSorted((left, right) => ORDER.indexOf(left.state) - ORDER.indexOf(right.state))
      .slice(0, objectsMax);
  }

  unchanged(objectsMax: number): readonly ObjectReport[] {
    return this.#unchanged.slice(0, objectsMax).map((object) => {
      return { object, state: "unchanged", receipts: noReceipts(), unfinished: noReceipts() };
    });
  }
}

function stateOf({ isFailed, unitsLeft }: Entry): ObjectState {
  if (isFailed) return "failed";
  return unitsLeft > 0 ? "left" : "loaded";
}
