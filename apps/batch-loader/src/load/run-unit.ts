/**
 * Loads one work unit: decode, write, dead letters, checkpoint, in this order.
 *
 * A crash before the checkpoint makes the unit run again as a whole; its
 * records are then `duplicate` or `superseded`, and its dead letters are
 * written over. Nothing is checkpointed that has a failed record.
 */
import type { FeatureChange } from "@trilane/feature-groups";
import { retryDefaults, writeUntilSettled } from "@trilane/lane-kit";
import { countReceipts, noReceipts, type Receipt, type ReceiptCounts } from "@trilane/write-through";
import type { Checkpoints } from "./checkpoints.ts";
import { type DeadLetter, DeadLetters } from "../dead-letters.ts";
import { decodeUnit, type DecodeOptions } from "../decode.ts";
import { LoadError, messageOf } from "../errors.ts";
import type { LoadPlatform } from "./load-platform.ts";
import type { RefusalCount } from "../report/refusals.ts";
import type { BadRow, RowSlice } from "../formats/row-slice.ts";
import { placesOf, uriOf } from "../s3/source-object.ts";
import type { WorkUnit } from "./work-unit.ts";

export interface UnitOptions extends DecodeOptions {
  readonly platform: LoadPlatform;
  readonly checkpoints: Checkpoints;
  readonly deadLetters: { readonly bucket: string; readonly prefix: string };
  /** Told of each refused row. */
  readonly refusals: RefusalCount;
  /** What became of a slice; of units that fail later too. */
  readonly onReceipts: (counts: ReceiptCounts) => void;
}

const US_PER_MS = 1_000;

/** The unit's counts as they stand in the checkpoint. @throws LoadError */
export async function runUnit(unit: WorkUnit, options: UnitOptions): Promise<ReceiptCounts> {
  const { checkpoints, onReceipts } = options;
  const letters = lettersOf(unit, options);
  const counts = noReceipts();
  for await (const slice of decodeUnit(unit, options)) {
    const receipts = await writeSlice(unit, slice, options);
    const ofSlice = countReceipts(countReceipts(noReceipts(), receipts), slice.bad.map(receiptOfBad));
    const dead = deadOf(slice, receipts);
    await withLetterErrors(() => letters.addAll(dead));
    for (const { reason, position } of dead) options.refusals.add(reason, uriOf(unit.object), position);
    addCounts(counts, ofSlice);
    onReceipts(ofSlice);
  }
  await withLetterErrors(() => letters.flush());
  return checkpoints.finishUnit(unit.id, { object: uriOf(unit.object), counts });
}

/** Adds `more` to `counts` in place and returns it. */
export function addCounts(counts: ReceiptCounts, more: ReceiptCounts): ReceiptCounts {
  for (const status of Object.keys(counts) as (keyof ReceiptCounts)[]) counts[status] += more[status];
  return counts;
}

async function writeSlice(
  unit: WorkUnit,
  { inputs, orderOf, bad }: RowSlice,
  { platform, group, signal, limits }: UnitOptions,
): Promise<readonly Receipt[]> {
  const placeOf = placesOf(unit.object);
  const changes = inputs.map((input, index): FeatureChange => ({
    kind: "put",
    group: group.name,
    input,
    place: placeOf(orderOf(index)),
  }));
  const receipts = await writeUntilSettled(platform, changes, {
    lane: "batch",
    // A load waits for the store where it stands: its slice is bounded, and nothing else would begin meanwhile.
    retry: { ...retryDefaults, attemptsMax: limits.outageAttemptsMax },
    sourceTimeUs: unit.object.lastModifiedMs * US_PER_MS,
    ...(signal === undefined ? {} : { signal }),
  });
  platform.metrics.countReceipts("batch", bad.map(receiptOfBad));
  const failed = receipts.filter((receipt) => receipt.status === "failed");
  const [first] = failed;
  if (first === undefined) return receipts;
  signal?.throwIfAborted();
  const message = `${uriOf(unit.object)}, unit ${unit.id}: ${failed.length} of ${receipts.length} records could not be written`;
  throw new LoadError(
    "WRITE_FAILED",
    `${message} (${first.error.code}: ${first.error.message}). Run the load again: it resumes`,
    {
      object: uriOf(unit.object),
      cause: first.error,
    },
  );
}

function deadOf(slice: RowSlice, receipts: readonly Receipt[]): readonly DeadLetter[] {
  const refused = receipts.flatMap((receipt, index) => {
    if (receipt.status !== "dead") return [];
    const { reason, detail } = receipt;
    return [{ position: slice.positionOf(index), reason, detail, input: slice.inputs[index] }];
  });
  return [...slice.bad, ...refused];
}

function receiptOfBad({ reason, detail }: BadRow): Receipt {
  return { status: "dead", reason, detail };
}

function lettersOf(unit: WorkUnit, { platform, limits, deadLetters }: UnitOptions): DeadLetters {
  const { s3, clock, random } = platform;
  const { attemptsMax, deadLetterPartBytes: partBytes } = limits;
  const object = uriOf(unit.object);
  return new DeadLetters({ s3, clock, random, attemptsMax, partBytes, ...deadLetters, unitId: unit.id, object });
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
