/**
 * Writes the parts of a reduction: the winners of its keys, with the writer
 * that all lanes share, and the rows that are checked by themselves, as the
 * row path does. After a crash a part is written again as a whole; its records
 * are then `duplicate`.
 */
import { addCounts, noReceipts, type Receipt, type ReceiptCounts, type ReceiptStatus } from "@trilane/write-through";
import type { DeadLetters } from "../dead-letters.ts";
import type { RowSlice } from "../formats/row-slice.ts";
import { flushLetters, loadSlice, type UnitCall, type UnitOptions, writeFailure } from "../load/run-unit.ts";
import { settleChanges } from "../load/settle-changes.ts";
import type { SourceObject } from "../s3/source-object.ts";
import type { EngineProcess } from "./engine-process.ts";
import { changeOf, type PlacedRow, placedRows, type ReducedObject, unitNumberOf } from "./placed-rows.ts";
import {
  inOrderSql,
  partSql,
  type ReductionSqlOptions,
  type RowPlace,
  rowsBehindSql,
  unsureSql,
} from "./reduction-sql.ts";
import { asideSql } from "./winner-check-sql.ts";

/** A reduction that the engine holds. */
export interface HeldReduction {
  readonly engine: EngineProcess;
  readonly sql: ReductionSqlOptions;
  /** In the order of the reduction's files. */
  readonly objects: readonly ReducedObject[];
  /** The numbers of expired rows, by file. */
  readonly expired: ReadonlyMap<number, number>;
  /** Whether rows are set aside, because the schema refused winners. */
  readonly hasAside: boolean;
  /** The number of rows that must be checked by themselves. */
  readonly unsure: number;
}

export interface WrittenPart {
  readonly counts: ReceiptCounts;
  /** The counts of rows that were written or checked, by the number of their object. */
  readonly byObject: ReadonlyMap<number, ReceiptCounts>;
}

export interface PartCall extends UnitCall {
  /** The name of the part, which begins the names of its dead letters. */
  readonly id: string;
}

type WriteOptions = Omit<UnitOptions, "reader" | "checkpoints">;

/** Receipts of a winner that say nothing of the other rows of its key. */
const ODD: ReadonlySet<string> = new Set(["dead", "expired", "erased"] satisfies ReceiptStatus[]);
/**
 * The records of each part under way live until all of them are written, so this bounds the lane's memory. More at
 * once would not make the store's calls fuller.
 */
const ROWS_AT_ONCE = 4_096;

/** Writes the winners of one part of the keys. @throws LoadError, EngineRefusal */
export async function writeKeys(
  part: number,
  reduction: HeldReduction,
  options: WriteOptions,
  call: PartCall,
): Promise<WrittenPart> {
  const tally = new PartTally(call);
  const odd: RowPlace[] = [];
  for await (const [rows = [], idFiles = [], idRows = [], ...columns] of reduction.engine.rows(
    partSql(part),
    ROWS_AT_ONCE,
  )) {
    const found = placedRows(columns, reduction);
    const receipts = await settleChanges(found.map(changeOf(options.group)), { ...options, signal: call.signal });
    checkWritten(receipts, found, call);
    receipts.forEach((receipt, index) => {
      const row = found[index];
      if (row === undefined) return;
      // Nothing superseded the other rows of the key, so each of them gets a receipt of its own.
      if (ODD.has(receipt.status)) odd.push({ file: Number(idFiles[index]), row: Number(idRows[index]) });
      else {
        tally.add(row.object.number, { [receipt.status]: 1 });
        tally.lost(Number(rows[index]) - 1);
      }
    });
    tally.report(options);
  }
  const { sql, hasAside } = reduction;
  const behind = odd.length === 0 ? [] : [rowsBehindSql(sql, odd, hasAside)];
  const byThemselves = hasAside ? [asideSql(part), ...behind] : behind;
  if (byThemselves.length > 0) await writeRows(inOrderSql(byThemselves), { reduction, options, call, tally });
  return tally.written();
}

/** Counts the rows that have expired, and loads those that are checked by themselves. @throws LoadError, EngineRefusal */
export async function writeRest(reduction: HeldReduction, options: WriteOptions, call: PartCall): Promise<WrittenPart> {
  const tally = new PartTally(call);
  for (const [file, expired] of reduction.expired) {
    const object = reduction.objects[file];
    if (object === undefined) continue;
    tally.add(object.number, { expired });
    options.platform.metrics.addReceipts("batch", { expired });
  }
  tally.report(options);
  if (reduction.unsure > 0) await writeRows(unsureSql(reduction.sql), { reduction, options, call, tally });
  return tally.written();
}

interface RowsContext {
  readonly reduction: HeldReduction;
  readonly options: WriteOptions;
  readonly call: PartCall;
  readonly tally: PartTally;
}

/** Loads rows one by one, in the order of their objects, each unit with dead letters of its own. */
async function writeRows(sql: string, { reduction, options, call, tally }: RowsContext): Promise<void> {
  let unit: LetterUnit | null = null;
  for await (const columns of reduction.engine.rows(sql, ROWS_AT_ONCE)) {
    for (const rows of byUnit(placedRows(columns, reduction))) {
      unit = await unitOf(rows, unit, { options, call });
      if (unit === null) continue;
      const context = { unit, letters: unit.letters, signal: call.signal };
      tally.add(unit.objectNumber, await loadSlice(sliceOf(rows), context, options));
      tally.report(options);
    }
  }
  if (unit !== null) await flushLetters(unit.letters);
}

/**
 * The rows of one unit in a part, and where its refused rows are kept. Every attempt at the load gives them the same
 * name, whichever other units are there by then.
 */
interface LetterUnit {
  readonly id: string;
  readonly object: SourceObject;
  readonly objectNumber: number;
  readonly number: number;
  readonly letters: Pick<DeadLetters, "addAll" | "flush">;
}

/** The unit of rows of one unit: the one before, or a new one after its letters are written. */
async function unitOf(
  [first]: readonly PlacedRow[],
  before: LetterUnit | null,
  { options, call }: Pick<RowsContext, "options" | "call">,
): Promise<LetterUnit | null> {
  const number = first === undefined ? null : unitNumberOf(first);
  if (first === undefined || number === null || before?.number === number) return before;
  if (before !== null) await flushLetters(before.letters);
  const { object, number: objectNumber } = first.object;
  const id = `${call.id}-${number}`;
  return { id, object, objectNumber, number, letters: options.deadLettersOf({ id, object }) };
}

function sliceOf(rows: readonly PlacedRow[]): RowSlice {
  const rowOf = (index: number): number => (rows[index]?.row ?? 0) + 1;
  return {
    inputs: rows.map(({ input }) => input),
    positionOf: (index) => ({ row: rowOf(index) }),
    orderOf: rowOf,
    bad: [],
  };
}

function byUnit(rows: readonly PlacedRow[]): readonly (readonly PlacedRow[])[] {
  const runs: PlacedRow[][] = [];
  let lastNumber = -1;
  for (const row of rows) {
    const number = unitNumberOf(row);
    if (number === lastNumber) runs.at(-1)?.push(row);
    else runs.push([row]);
    lastNumber = number;
  }
  return runs;
}

function checkWritten(receipts: readonly Receipt[], rows: readonly PlacedRow[], { id, signal }: PartCall): void {
  const failed = rows[receipts.findIndex(({ status }) => status === "failed")];
  if (failed === undefined) return;
  const failure = writeFailure(receipts, { id, object: failed.object.object });
  signal.throwIfAborted();
  if (failure !== null) throw failure;
}

/** The counts of one part. */
class PartTally {
  readonly #call: PartCall;
  readonly #counts = noReceipts();
  readonly #byObject = new Map<number, ReceiptCounts>();
  #seen = noReceipts();
  /** Rows that lost within the load, since the last report. */
  #lost = 0;

  constructor(call: PartCall) {
    this.#call = call;
  }

  add(object: number, some: Partial<ReceiptCounts>): void {
    const counts = { ...noReceipts(), ...some };
    addCounts(this.#counts, counts);
    addCounts(this.#seen, counts);
    this.#byObject.set(object, addCounts(this.#byObject.get(object) ?? noReceipts(), counts));
  }

  /** Counts rows that lost to a winner. Their objects are not known. */
  lost(rows: number): void {
    this.#lost += rows;
  }

  /** Tells the receipts since the last report. */
  report({ platform }: Pick<WriteOptions, "platform">): void {
    platform.metrics.addReceipts("batch", { superseded: this.#lost });
    const lost = { ...noReceipts(), superseded: this.#lost };
    addCounts(this.#counts, lost);
    this.#call.onReceipts(addCounts(this.#seen, lost));
    this.#seen = noReceipts();
    this.#lost = 0;
  }

  written(): WrittenPart {
    return { counts: this.#counts, byObject: this.#byObject };
  }
}
