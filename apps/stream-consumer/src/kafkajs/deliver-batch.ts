/**
 * Converts a batch of kafkajs for the lane: into records, or into offsets that
 * nobody can read.
 */
import { messageOf } from "@trilane/write-through";
import kafkajs from "kafkajs";
import type { EachBatchPayload } from "kafkajs";
import type { PartitionId, Slice, SliceHandlers } from "../stream-source.ts";
import { FetchedMessage } from "./fetched-message.ts";

export interface DeliveryOptions {
  readonly handlers: SliceHandlers;
  /** The metadata beside the committed offset; see `position-keeper.ts`. */
  readonly commitMetadata: string | null;
  /** Called when the partition does not have the requested offset; resolves with the offset where it goes on. */
  readonly onOutOfRange: (partition: PartitionId, wantedOffset: bigint) => Promise<bigint | null>;
}

/** Rejects only with errors of kafkajs, because any other error ends kafkajs for good. */
export async function deliverBatch(payload: EachBatchPayload, options: DeliveryOptions): Promise<void> {
  try {
    await deliver(payload, options);
  } catch (error) {
    // The check goes by name. kafkajs looks at its own errors to distinguish a rebalance from the rest.
    if (error instanceof kafkajs.KafkaJSError) throw error;
    throw new kafkajs.KafkaJSError(`a slice was not handled: ${messageOf(error)}`, { retriable: true });
  }
}

async function deliver(
  payload: EachBatchPayload,
  { handlers, commitMetadata, onOutOfRange }: DeliveryOptions,
): Promise<void> {
  const { topic, partition } = payload.batch;
  const messages = payload.batch.messages.filter((message) => message instanceof FetchedMessage);
  const [first] = messages;
  const frame = { topic, partition, ...commitsOf(payload, commitMetadata) };
  switch (first?.incident?.kind) {
    case undefined: {
      const records = messages.flatMap((message) => message.records);
      await handlers.onSlice({ ...frame, records, endOffset: BigInt(payload.batch.lastOffset()) + 1n });
      break;
    }
    case "unreadable": {
      const { endOffset, bytes, detail } = first.incident;
      await handlers.onUnreadable({ ...frame, startOffset: first.record.offset, endOffset, bytes, detail });
      break;
    }
    case "out-of-range": {
      const offset = await onOutOfRange({ topic, partition }, first.record.offset);
      if (offset === null) break;
      // The client is moved there already. The commit comes after those of the slices before.
      await handlers.onSlice({ ...frame, records: [], endOffset: offset, take: () => undefined });
      break;
    }
  }
}

/** The batch's own functions are used, because those of the consumer do nothing once it is stopping. */
function commitsOf(
  { batch, heartbeat, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload,
  metadata: string | null,
): Pick<Slice, "heartbeat" | "commit" | "take"> {
  const { topic, partition } = batch;
  let isTaken = false;
  return {
    heartbeat,
    take() {
      isTaken = true;
      resolveOffset(batch.lastOffset());
    },
    async commit(offset) {
      const partitions = [{ partition, offset: String(offset), metadata }];
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions }] });
      // The position is behind the slice already where it was taken.
      if (!isTaken) resolveOffset(String(offset - 1n));
    },
  };
}
