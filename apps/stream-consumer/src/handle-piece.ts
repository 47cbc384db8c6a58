/**
 * One piece of a slice: decode, write in one call, keep the dead letters.
 *
 * When this resolves with `settled`, every record has a final receipt and
 * every dead letter is acknowledged; only then may the caller commit. A crash
 * anywhere before that delivers the piece again: writing it again gives the
 * same state, and dead letters may be there twice.
 */
import type { FeatureChange } from "@trilane/feature-groups";
import {
  deadLettersOf,
  decidingFailure,
  endsLane,
  type Platform,
  type RetryPolicy,
  writeUntilSettled,
} from "@trilane/lane-kit";
import { type CoreError, decided, fillGaps, itemAt, messageOf, open, type Receipt } from "@trilane/write-through";
import type { DeadLetterSink } from "./dead-letters.ts";
import { decodeMessage } from "./decode.ts";
import { StreamError } from "./errors.ts";
import type { PartitionId, StreamRecord } from "./stream-source.ts";

export type PieceOutcome =
  | { readonly kind: "settled"; readonly receipts: readonly Receipt[] }
  /** Nothing may be committed; `error.retryable` says whether to try again. */
  | { readonly kind: "failed"; readonly error: StreamError }
  /** The signal fired. */
  | { readonly kind: "aborted" };

export interface PiecePorts {
  readonly platform: Pick<Platform, "writer" | "clock" | "random" | "metrics">;
  readonly deadLetters: DeadLetterSink;
  readonly group: string;
  readonly signal: AbortSignal;
  readonly retry: RetryPolicy;
}

export async function handlePiece(
  source: PartitionId,
  records: readonly StreamRecord[],
  ports: PiecePorts,
): Promise<PieceOutcome> {
  const { platform, signal, retry, group } = ports;
  const slots = records.map((record) => {
    const decoded = decodeMessage(record, { group, partition: source.partition });
    return decoded.kind === "change" ? open(decoded.change) : decided(receiptOf(decoded));
  });
  const receipts = await fillGaps<Receipt, FeatureChange>(slots, (changes) =>
    writeUntilSettled(platform, changes, { lane: "stream", signal, retry }),
  );
  const failure = decidingFailure(receipts);
  if (failure !== null) {
    return signal.aborted ? { kind: "aborted" } : { kind: "failed", error: failedWrite(failure, source) };
  }
  const kept = await keepDead({ source, records, receipts }, ports.deadLetters);
  if (kept !== null) return { kind: "failed", error: kept };
  const undecodable = slots.flatMap((slot) => (slot.kind === "decided" ? [slot.answer] : []));
  platform.metrics.countReceipts("stream", undecodable);
  return { kind: "settled", receipts };
}

function receiptOf({ reason, detail }: { readonly reason: string; readonly detail: string }): Receipt {
  return { status: "dead", reason, detail };
}

function failedWrite(cause: CoreError, { topic, partition }: PartitionId): StreamError {
  const code = endsLane(cause) ? "WRITE_REFUSED" : "WRITE_FAILED";
  return new StreamError(code, `records of ${topic}/${partition} were not written: ${cause.code}: ${cause.message}`, {
    cause,
  });
}

interface WrittenPiece {
  readonly source: PartitionId;
  readonly records: readonly StreamRecord[];
  /** One per record, in order. */
  readonly receipts: readonly Receipt[];
}

/** Null when all are acknowledged. */
async function keepDead(
  { source, records, receipts }: WrittenPiece,
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
