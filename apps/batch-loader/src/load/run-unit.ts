/**
 * Loads one work unit: decode, write, dead letters, checkpoint, in this order.
 *
 * A crash before the checkpoint makes the unit run again as a whole. Its
 * records are then `duplicate` or `superseded`, and its dead letters are
 * written again under the same names. A unit with a failed record is not
 * checkpointed. A unit with rows that are too large waits for the others
 * before it is finished (`large-rows.ts` says why), and its rows are then read
 * once more.
 */
import { deadLettersOf, decidingFailure, type RetryPolicy } from "@trilane/lane-kit";
import {
  addCounts,
  countReceipts,
  messageOf,
  NO_VERSION,
  noReceipts,
  type Receipt,
  type ReceiptCounts,
} from "@trilane/write-through";
import type { DeadLetters, DeadRow } from "../dead-letters.ts";
import { changesOf } from "../decode.ts";
import { LoadError } from "../errors.ts";
import type { BadRow, RowSlice } from "../formats/row-slice.ts";
import type { RefusalCount } from "../report/refusals.ts";
import type { ObjectReader } from "../s3/object-reader.ts";
import { uriOf } from "../s3/source-object.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { WritingPlatform } from "./load-platform.ts";
import { type AreBeaten, largeRowsOf, type LargeRows, withoutLarge } from "./large-rows.ts";
import { settleChanges } from "./settle-changes.ts";
import type { WorkUnit } from "./work-unit.ts";
import type { WritePace } from "./write-pace.ts";

/** The values that the units of one load share. */
export interface UnitOptions {
  readonly platform: WritingPlatform;
  readonly group: string;
  readonly reader: Pick<ObjectReader, "open">;
  readonly checkpoints: Pick<Checkpoints, "finishUnit">;
  readonly deadLettersOf: (unit: Pick<WorkUnit, "id" | "object">) => Pick<DeadLetters, "addAll" | "flush">;
  /** Counts each refused row. */
  readonly refusals: RefusalCount;
  /** How failed records are sent again. */
  readonly retry: RetryPolicy;
  readonly pace: WritePace;
  readonly areBeaten: AreBeaten;
}

export interface UnitCall {
  /** When it fires, the unit ends without a checkpoint. */
  readonly signal: AbortSignal;
  /** Called with the receipts of each slice, including those of units that fail later. */
  readonly onReceipts: (counts: ReceiptCounts) => void;
}

const US_PER_MS = 1_000;

/** A unit with rows that are too large: `finish` is called when all other rows of the load are written. */
export interface WaitingUnit {
  readonly kind: "waits";
  readonly finish: (call: UnitCall) => Promise<ReceiptCounts>;
}

/** The counts of the unit's checkpoint, or what makes it later. */
export type UnitRun = ReceiptCounts | WaitingUnit;

export function isWaiting(run: UnitRun): run is WaitingUnit {
  return "kind" in run;
}

/** @throws LoadError */
export async function beginUnit(unit: WorkUnit, options: UnitOptions, call: UnitCall): Promise<UnitRun> {
  const { signal, onReceipts } = call;
  const begun: BegunUnit = { unit, letters: options.deadLettersOf(unit), counts: noReceipts(), large: new Map() };
  for await (const slice of unit.part.rows(options.reader.open(unit.object, signal))) {
    const ofSlice = await loadSlice(slice, { ...begun, signal }, options);
    addCounts(begun.counts, ofSlice);
    onReceipts(ofSlice);
  }
  if (begun.large.size === 0) return finishUnit(begun, options);
  return { kind: "waits", finish: (later) => finishLarge(begun, options, later) };
}

interface BegunUnit {
  readonly unit: WorkUnit;
  readonly letters: Pick<DeadLetters, "addAll" | "flush">;
  /** The receipts of all rows that are not too large. */
  readonly counts: ReceiptCounts;
  readonly large: LargeRows;
}

async function finishUnit({ unit, letters, counts }: BegunUnit, { checkpoints }: UnitOptions): Promise<ReceiptCounts> {
  await flushLetters(letters);
  return (await checkpoints.finishUnit({ id: unit.id, object: uriOf(unit.object), counts })).counts;
}

/** Reads the unit again, and decides the rows that are too large. */
async function finishLarge(
  begun: BegunUnit,
  options: UnitOptions,
  { signal, onReceipts }: UnitCall,
): Promise<ReceiptCounts> {
  const { unit, letters, counts, large } = begun;
  for await (const slice of unit.part.rows(options.reader.open(unit.object, signal))) {
    const some = largeRowsOf(slice, large);
    if (some.inputs.length === 0) continue;
    const receipts = await receiptsOfLarge(some, begun, options);
    await keepDead(some, receipts, { unit, letters, refusals: options.refusals });
    const ofSlice = countReceipts(noReceipts(), receipts);
    addCounts(counts, ofSlice);
    onReceipts(ofSlice);
  }
  return finishUnit(begun, options);
}

async function receiptsOfLarge(
  slice: RowSlice,
  { unit, large }: BegunUnit,
  { group, areBeaten }: UnitOptions,
): Promise<readonly Receipt[]> {
  const { object } = unit;
  const beaten = await areBeaten(changesOf(slice, { group, object }), object.lastModifiedMs * US_PER_MS);
  const receipts = beaten.map((answer, index): Receipt => {
    if (typeof answer !== "boolean") return { status: "failed", error: answer };
    const refusal = large.get(slice.orderOf(index));
    return answer || refusal === undefined ? { status: "superseded", version: NO_VERSION, by: NO_VERSION } : refusal;
  });
  const failure = writeFailure(receipts, unit);
  if (failure !== null) throw failure;
  return receipts;
}

/** The unit of some rows, and where its refused rows are kept. */
export interface SliceContext {
  readonly unit: Pick<WorkUnit, "id" | "object">;
  readonly letters: Pick<DeadLetters, "addAll">;
  readonly signal: AbortSignal;
  /** Takes the rows that are too large, which get no receipt yet; without it they are dead at once. */
  readonly large?: LargeRows;
}

/**
 * Writes the rows of a slice and keeps those that are refused; one receipt for each row that is not among `large`
 * afterwards.
 * @throws LoadError
 */
export async function loadSlice(
  slice: RowSlice,
  { unit, letters, signal, large }: SliceContext,
  options: Pick<UnitOptions, "platform" | "group" | "retry" | "pace" | "refusals">,
): Promise<ReceiptCounts> {
  const { object } = unit;
  const { platform, group, refusals } = options;
  const sourceTimeUs = object.lastModifiedMs * US_PER_MS;
  const receipts = await settleChanges(changesOf(slice, { group, object }), { ...options, sourceTimeUs, signal });
  const refusedReceipts = slice.bad.map(receiptOfBad);
  platform.metrics.countReceipts("batch", refusedReceipts);
  const failure = writeFailure(receipts, unit);
  if (failure !== null) {
    signal.throwIfAborted();
    throw failure;
  }
  const written = large === undefined ? { slice, receipts } : withoutLarge({ slice, receipts }, large);
  await keepDead(written.slice, written.receipts, { unit, letters, refusals });
  return countReceipts(countReceipts(noReceipts(), written.receipts), refusedReceipts);
}

/** Keeps the rows that are refused. @throws LoadError */
async function keepDead(
  slice: RowSlice,
  receipts: readonly Receipt[],
  { unit, letters, refusals }: Pick<SliceContext, "unit" | "letters"> & Pick<UnitOptions, "refusals">,
): Promise<void> {
  const dead = deadOf(slice, receipts);
  await withLetterErrors(() => letters.addAll(dead));
  for (const { reason, place } of dead) refusals.add(reason, uriOf(unit.object), place);
}

/** @throws LoadError SOURCE_UNAVAILABLE */
export function flushLetters(letters: Pick<DeadLetters, "flush">): Promise<void> {
  return withLetterErrors(() => letters.flush());
}

/** The error of a unit with failed records; null where there are none. */
export function writeFailure(
  receipts: readonly Receipt[],
  { id, object }: Pick<WorkUnit, "id" | "object">,
): LoadError | null {
  const failure = decidingFailure(receipts);
  if (failure === null) return null;
  const uri = uriOf(object);
  const failed = receipts.filter(({ status }) => status === "failed").length;
  const amount = `${failed} of ${receipts.length} records could not be written`;
  const problem = `${uri}, unit ${id}: ${amount} (${failure.code}: ${failure.message})`;
  return new LoadError("WRITE_FAILED", `${problem}. Run the load again: it resumes`, { object: uri, cause: failure });
}

function deadOf(slice: RowSlice, receipts: readonly Receipt[]): readonly DeadRow[] {
  const rowAt = (index: number): Pick<DeadRow, "place" | "input"> => ({
    place: slice.positionOf(index),
    input: slice.inputs.at(index),
  });
  return [...slice.bad, ...deadLettersOf(receipts, rowAt)];
}

function receiptOfBad({ reason, detail }: BadRow): Receipt {
  return { status: "dead", reason, detail };
}

async function withLetterErrors(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw new LoadError(
      "SOURCE_UNAVAILABLE",
      `dead letters cannot be written beside the source (${messageOf(error)}): allow it, then run the load again`,
      { cause: error },
    );
  }
}
