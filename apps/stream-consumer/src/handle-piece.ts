/**
 * Handles one piece of a slice in two steps: writes it, together with others;
 * then, when the pieces before it are settled, keeps the dead letters.
 *
 * If too many records in a row are refused, the piece is handled up to the
 * first of them, and its partition stops there.
 *
 * When the second step resolves with `settled` or `stopped`, every record has a final
 * receipt and every dead letter of a settled record is acknowledged; only then
 * may the caller commit. A crash anywhere before that delivers the piece again:
 * writing it again gives the same state, and dead letters may be there twice.
 */
import { deadLettersOf, decidingFailure, endsLane } from "@trilane/lane-kit";
import { type CoreError, itemAt, messageOf, type Receipt } from "@trilane/write-through";
import type { DeadLetterSink } from "./dead-letters.ts";
import { MessageChange, UNDECODABLE_VALUE } from "./decode.ts";
import { StreamError } from "./errors.ts";
import type { GatheredWrites } from "./gathered-writes.ts";
import { otherSerializationOf } from "./other-serialization.ts";
import { type Refusal, type RefusedRun, type RunStop, scanRefusals } from "./refused-run.ts";
import type { PartitionId, StreamRecord } from "./stream-source.ts";

export type PieceOutcome =
  | { readonly kind: "settled"; readonly receipts: readonly Receipt[]; readonly run: RefusedRun }
  /** The records before the run have these receipts; the partition stops at the first record of the run. */
  | { readonly kind: "stopped"; readonly receipts: readonly Receipt[]; readonly stop: RunStop }
  /** Nothing may be committed; `error.retryable` says whether to try again. */
  | { readonly kind: "failed"; readonly error: StreamError }
  /** The signal fired. */
  | { readonly kind: "aborted" };

export interface WritePorts {
  readonly writes: GatheredWrites;
  readonly group: string;
  readonly signal: AbortSignal;
}

export interface SettlePorts {
  readonly deadLetters: DeadLetterSink;
  readonly signal: AbortSignal;
  /** The refused records in a row before this piece. */
  readonly run: RefusedRun;
  readonly refusedInRowMax: number;
  /** Whether an operator gives the record up, so that it stops nothing. */
  readonly isSkipped: (record: StreamRecord) => boolean;
}

/** A piece whose records have their receipts, except for those that the writer could not give. */
export interface WrittenPiece {
  readonly source: PartitionId;
  readonly records: readonly StreamRecord[];
  readonly receipts: readonly Receipt[];
}

/** Writes a piece, which the writer decodes. Pieces of one partition may be written at the same time. */
export async function writePiece(
  source: PartitionId,
  records: readonly StreamRecord[],
  { writes, signal, group }: WritePorts,
): Promise<WrittenPiece> {
  const origin = { group, partition: source.partition };
  const changes = records.map((record) => new MessageChange(record, origin));
  const receipts = await writes.write(changes, signal);
  return { source, records, receipts };
}

type DeadReceipt = Extract<Receipt, { readonly status: "dead" }>;

/** To call for one piece of a partition after the other. */
export async function settlePiece(
  { source, records, receipts }: WrittenPiece,
  ports: SettlePorts,
): Promise<PieceOutcome> {
  const { signal } = ports;
  const failure = decidingFailure(receipts);
  if (failure !== null) {
    return signal.aborted ? { kind: "aborted" } : { kind: "failed", error: failedWrite(failure, source) };
  }
  const refusals = refusalsOf(records, receipts, ports);
  const { run, stop } = scanRefusals(refusals, ports.run, ports.refusedInRowMax);
  const settled = receipts.slice(0, stop?.startIndex);
  const kept = await keepDead({ source, records, receipts: settled }, ports.deadLetters);
  if (kept !== null) return { kind: "failed", error: kept };
  return stop === null ? { kind: "settled", receipts, run } : { kind: "stopped", receipts: settled, stop };
}

/** Null for a record that was not refused, or that an operator gives up. One stands for all where none was refused. */
function refusalsOf(
  records: readonly StreamRecord[],
  receipts: readonly Receipt[],
  { isSkipped }: Pick<SettlePorts, "isSkipped">,
): readonly (Refusal | null)[] {
  if (receipts.every(({ status }) => status !== "dead")) return receipts.length === 0 ? [] : [null];
  return receipts.map((receipt, index) => {
    if (receipt.status !== "dead") return null;
    const record = itemAt(records, index);
    return isSkipped(record) ? null : refusalOf(receipt, record);
  });
}

function refusalOf({ reason, detail }: DeadReceipt, { value }: StreamRecord): Refusal {
  const isUndecodable = reason === UNDECODABLE_VALUE && value !== null;
  return { reason, detail, serialization: isUndecodable ? otherSerializationOf(value) : null };
}

function failedWrite(cause: CoreError, { topic, partition }: PartitionId): StreamError {
  const code = endsLane(cause) ? "WRITE_REFUSED" : "WRITE_FAILED";
  return new StreamError(code, `records of ${topic}/${partition} were not written: ${cause.code}: ${cause.message}`, {
    cause,
  });
}

interface SettledRecords extends Pick<WrittenPiece, "source" | "records"> {
  /** One receipt per record, in order, for the first records. */
  readonly receipts: readonly Receipt[];
}

/** Null when all are acknowledged. */
async function keepDead(
  { source, records, receipts }: SettledRecords,
  sink: DeadLetterSink,
): Promise<StreamError | null> {
  const letters = deadLettersOf(receipts, (index) => ({ place: source, input: itemAt(records, index) }));
  if (letters.length === 0) return null;
  try {
    await sink.send(letters);
    return null;
  } catch (cause) {
    if (cause instanceof StreamError) return cause;
    return new StreamError("DEAD_LETTERS_FAILED", `dead letters were not kept: ${messageOf(cause)}`, { cause });
  }
}
