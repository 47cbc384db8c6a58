/**
 * Handles a batch that nobody can read. Its partition stops there until an
 * operator gives up its offsets. Then its bytes are kept as one dead letter,
 * and the partition goes on after it. A crash between the letter and the commit
 * keeps the letter twice.
 */
import { messageOf } from "@trilane/write-through";
import type { DeadLetterSink, DeadMessage } from "./dead-letters.ts";
import { StreamError } from "./errors.ts";
import type { PartitionStop } from "./partition-stops.ts";
import { isSkipped, type SkipRange } from "./skip-ranges.ts";
import type { UnreadableSlice } from "./stream-source.ts";

export type UnreadableOutcome =
  | { readonly kind: "kept" }
  | { readonly kind: "stopped"; readonly stop: PartitionStop }
  /** The letter was not acknowledged. */
  | { readonly kind: "failed"; readonly error: StreamError };

const REASON = "unreadable-batch";

export async function handleUnreadable(
  slice: UnreadableSlice,
  { skip, deadLetters }: { readonly skip: readonly SkipRange[]; readonly deadLetters: DeadLetterSink },
): Promise<UnreadableOutcome> {
  const { topic, partition, startOffset, detail } = slice;
  const lastOffset = slice.endOffset - 1n;
  if (!isSkipped(skip, slice, { firstOffset: startOffset, lastOffset })) {
    return { kind: "stopped", stop: { topic, partition, reason: REASON, startOffset, lastOffset, detail } };
  }
  try {
    await deadLetters.send([letterOf(slice, lastOffset)]);
    return { kind: "kept" };
  } catch (cause) {
    if (cause instanceof StreamError) return { kind: "failed", error: cause };
    return { kind: "failed", error: new StreamError("DEAD_LETTERS_FAILED", messageOf(cause), { cause }) };
  }
}

function letterOf({ topic, partition, startOffset, bytes, detail }: UnreadableSlice, lastOffset: bigint): DeadMessage {
  const input = { offset: startOffset, timestampMs: null, key: null, value: bytes, headers: [] };
  return { place: { topic, partition }, input, reason: REASON, detail, lastOffset };
}
