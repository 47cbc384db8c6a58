/**
 * One piece of a slice: decode, write in one call, keep the dead letters.
 *
 * When this resolves with `settled`, every record has a final receipt and
 * every dead letter is acknowledged; only then may the caller commit. A crash
 * anywhere before that delivers the piece again: writing it again gives the
 * same state, and dead letters may be there twice.
 */
import type { FeatureChange } from "@trilane/feature-groups";
import { type Platform, type RetryPolicy, writeUntilSettled } from "@trilane/lane-kit";
import type { CoreError, Receipt } from "@trilane/write-through";
import type { DeadLetter, DeadLetterSink } from "./dead-letters.ts";
import { decodeMessage, type MessageSource } from "./decode.ts";
import { StreamError } from "./errors.ts";
import type { PartitionId, StreamRecord } from "./stream-source.ts";

export type PieceOutcome =
  | { readonly kind: "settled"; readonly receipts: readonly Receipt[] }
  /** Nothing may be committed; `error.retryable` says whether to try again. */
  | { readonly kind: "failed"; readonly error: StreamError }
  /** The signal fired. */
  | { readonly kind: "aborted" };

export interface PieceParts {
  readonly platform: Pick<Platform, "writer" | "clock" | "random" | "metrics">;
  readonly deadLetters: DeadLetterSink;
  readonly group: string;
  readonly signal: AbortSignal;
  readonly retry: RetryPolicy;
}

export async function handlePiece(
  source: PartitionId,
  records: readonly StreamRecord[],
  parts: PieceParts,
): Promise<PieceOutcome> {
  const { platform, signal, retry } = parts;
  const { receipts, changes, positions } = decode(records, { group: parts.group, partition: source.partition });
  const undecodable = receipts.filter((receipt) => receipt !== null);
  const written =
    changes.length === 0 ? [] : await writeUntilSettled(platform, changes, { lane: "stream", signal, retry });
  const failure = failureOf(written);
  if (failure !== null)
    return signal.aborted ? { kind: "aborted" } : { kind: "failed", error: failedWrite(failure, source) };
  written.forEach((receipt, index) => {
    receipts[positions[index] ?? -1] = receipt;
  });
  const final = receipts.filter((receipt) => receipt !== null);
  if (final.length !== records.length) throw new TypeError("the writer did not give one receipt per record");
  const kept = await keepDead(source, records, final, parts.deadLetters);
  if (kept !== null) return { kind: "failed", error: kept };
  platform.metrics.countReceipts("stream", undecodable);
  return { kind: "settled", receipts: final };
}

interface DecodedPiece {
  /** A receipt where decoding decided; null where the writer will. */
  readonly receipts: (Receipt | null)[];
  readonly changes: readonly FeatureChange[];
  /** Of each change, in `receipts`. */
  readonly positions: readonly number[];
}

function decode(records: readonly StreamRecord[], source: MessageSource): DecodedPiece {
  const changes: FeatureChange[] = [];
  const positions: number[] = [];
  const receipts = records.map((record, index): Receipt | null => {
    const decoded = decodeMessage(record, source);
    if (decoded.kind === "undecodable") return { status: "dead", reason: decoded.reason, detail: decoded.detail };
    changes.push(decoded.change);
    positions.push(index);
    return null;
  });
  return { receipts, changes, positions };
}

/** The failure that decides: one that cannot be retried, else the first. */
function failureOf(receipts: readonly Receipt[]): CoreError | null {
  const errors = receipts.flatMap((receipt) => (receipt.status === "failed" ? [receipt.error] : []));
  return errors.find((error) => !error.retryable) ?? errors[0] ?? null;
}

function failedWrite(cause: CoreError, { topic, partition }: PartitionId): StreamError {
  const code = cause.retryable ? "WRITE_FAILED" : "WRITE_REFUSED";
  return new StreamError(code, `records of ${topic}/${partition} were not written: ${cause.code}: ${cause.message}`, {
    cause,
  });
}

/** Null when all are acknowledged. */
async function keepDead(
  source: PartitionId,
  records: readonly StreamRecord[],
  receipts: readonly Receipt[],
  sink: DeadLetterSink,
): Promise<StreamError | null> {
  const letters = records.flatMap((record, index): DeadLetter[] => {
    const receipt = receipts[index];
    return receipt?.status === "dead" ? [{ source, record, reason: receipt.reason, error: receipt.detail }] : [];
  });
  if (letters.length === 0) return null;
  try {
    await sink.send(letters);
    return null;
  } catch (cause) {
    if (cause instanceof StreamError) return cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    return new StreamError("DEAD_LETTERS_FAILED", `dead letters were not kept: ${message}`, { cause });
  }
}
