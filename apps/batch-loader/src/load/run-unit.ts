/**
 * Loads one work unit: decode, write, dead letters, checkpoint, in this order.
 *
 * A crash before the checkpoint makes the unit run again as a whole. Its
 * records are then `duplicate` or `superseded`, and its dead letters are
 * written again under the same names. A unit with a failed record is not
 * checkpointed.
 */
import { deadLettersOf, decidingFailure, type RetryPolicy } from "@trilane/lane-kit";
import {
  addCounts,
  countReceipts,
  itemAt,
  messageOf,
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
import type { LoadPlatform } from "./load-platform.ts";
import { settleChanges } from "./settle-changes.ts";
import type { WorkUnit } from "./work-unit.ts";
import type { WritePace } from "./write-pace.ts";

/** The values that the units of one load share. */
export interface UnitOptions {
  readonly platform: LoadPlatform;
  readonly group: string;
  readonly reader: Pick<ObjectReader, "open">;
  readonly checkpoints: Pick<Checkpoints, "finishUnit">;
  readonly deadLettersOf: (unit: Pick<WorkUnit, "id" | "object">) => Pick<DeadLetters, "addAll" | "flush">;
  /** Counts each refused row. */
  readonly refusals: RefusalCount;
  /** How failed records are sent again. */
  readonly retry: RetryPolicy;
  readonly pace: WritePace;
}

export interface UnitCall {
  /** When it fires, the unit ends without a checkpoint. */
  readonly signal: AbortSignal;
  /** Called with the receipts of each slice, including those of units that fail later. */
  readonly onReceipts: (counts: ReceiptCounts) => void;
}

const US_PER_MS = 1_000;

/** The unit's counts in its checkpoint. @throws LoadError */
export async function runUnit(
  unit: WorkUnit,
  options: UnitOptions,
  { signal, onReceipts }: UnitCall,
): Promise<ReceiptCounts> {
  const { reader, checkpoints } = options;
  const letters = options.deadLettersOf(unit);
  const counts = noReceipts();
  for await (const slice of unit.part.rows(reader.open(unit.object, signal))) {
    const ofSlice = await loadSlice(slice, { unit, letters, signal }, options);
    addCounts(counts, ofSlice);
    onReceipts(ofSlice);
  }
  await flushLetters(letters);
  return (await checkpoints.finishUnit({ id: unit.id, object: uriOf(unit.object), counts })).counts;
}

/** The unit of some rows, and where its refused rows are kept. */
export interface SliceContext {
  readonly unit: Pick<WorkUnit, "id" | "object">;
  readonly letters: Pick<DeadLetters, "addAll">;
  readonly signal: AbortSignal;
}

/** Writes the rows of a slice and keeps those that are refused; one receipt for each row. @throws LoadError */
export async function loadSlice(
  slice: RowSlice,
  { unit, letters, signal }: SliceContext,
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
  const dead = deadOf(slice, receipts);
  await withLetterErrors(() => letters.addAll(dead));
  for (const { reason, place } of dead) refusals.add(reason, uriOf(object), place);
  return countReceipts(countReceipts(noReceipts(), receipts), refusedReceipts);
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
    input: itemAt(slice.inputs, index),
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
