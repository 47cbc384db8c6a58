/**
 * Loads one work unit: decode, write, dead letters, checkpoint, in this order.
 *
 * A crash before the checkpoint makes the unit run again as a whole. Its
 * records are then `duplicate` or `superseded`, and its dead letters are
 * written again under the same names. A unit with a failed record is not
 * checkpointed.
 */
import { deadLettersOf, decidingFailure, type RetryPolicy, writeUntilSettled } from "@trilane/lane-kit";
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
import type { WorkUnit } from "./work-unit.ts";

/** The values that the units of one load share. */
export interface UnitOptions {
  readonly platform: LoadPlatform;
  readonly group: string;
  readonly reader: Pick<ObjectReader, "open">;
  readonly checkpoints: Pick<Checkpoints, "finishUnit">;
  readonly deadLettersOf: (unit: WorkUnit) => Pick<DeadLetters, "addAll" | "flush">;
  /** Counts each refused row. */
  readonly refusals: RefusalCount;
  /** How failed records are sent again. */
  readonly retry: RetryPolicy;
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
  const { reader, refusals, checkpoints } = options;
  const uri = uriOf(unit.object);
  const letters = options.deadLettersOf(unit);
  const counts = noReceipts();
  for await (const slice of unit.part.rows(reader.open(unit.object, signal))) {
    const receipts = await writeSlice({ unit, slice, signal }, options);
    const ofSlice = countReceipts(countReceipts(noReceipts(), receipts), slice.bad.map(receiptOfBad));
    const dead = deadOf(slice, receipts);
    await withLetterErrors(() => letters.addAll(dead));
    for (const { reason, place } of dead) refusals.add(reason, uri, place);
    addCounts(counts, ofSlice);
    onReceipts(ofSlice);
  }
  await withLetterErrors(() => letters.flush());
  return checkpoints.finishUnit({ id: unit.id, object: uri, counts });
}

async function writeSlice(
  { unit, slice, signal }: { readonly unit: WorkUnit; readonly slice: RowSlice; readonly signal: AbortSignal },
  { platform, group, retry }: UnitOptions,
): Promise<readonly Receipt[]> {
  const { object } = unit;
  const receipts = await writeUntilSettled(platform, changesOf(slice, { group, object }), {
    lane: "batch",
    retry,
    sourceTimeUs: object.lastModifiedMs * US_PER_MS,
    signal,
  });
  platform.metrics.countReceipts("batch", slice.bad.map(receiptOfBad));
  const failure = decidingFailure(receipts);
  if (failure === null) return receipts;
  signal.throwIfAborted();
  const uri = uriOf(object);
  const failed = receipts.filter(({ status }) => status === "failed").length;
  const amount = `${failed} of ${receipts.length} records could not be written`;
  const problem = `${uri}, unit ${unit.id}: ${amount} (${failure.code}: ${failure.message})`;
  throw new LoadError("WRITE_FAILED", `${problem}. Run the load again: it resumes`, { object: uri, cause: failure });
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
