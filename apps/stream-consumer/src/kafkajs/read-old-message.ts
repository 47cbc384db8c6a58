/**
 * Reads messages of the formats before record batches (0 and 1), which a log
 * still has if it was written before Kafka 0.11. A compressed message holds
 * others. kafkajs decodes them; here they become records.
 */
import { createRequire } from "node:module";
import { crc32 } from "node:zlib";
import type { StreamRecord } from "../stream-source.ts";
import { BATCH_HEAD_BYTES, type LogEntry } from "./batch-header.ts";

interface OldMessage {
  readonly offset: string;
  readonly timestamp?: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

interface OldDecoder {
  (decoder: object, bytes: number): Promise<readonly OldMessage[]>;
}

const CRC_BYTES = 4;
const requireOf = createRequire(import.meta.url);
const Decoder = requireOf("kafkajs/src/protocol/decoder") as new (bytes: Buffer) => object;
const decodeMessages = requireOf("kafkajs/src/protocol/messageSet/decoder") as OldDecoder;

/** @throws RangeError, StreamError BATCH_UNREADABLE for a message that is damaged or too large */
export async function readOldMessage({ bytes, baseOffset }: LogEntry): Promise<readonly StreamRecord[]> {
  const body = bytes.subarray(BATCH_HEAD_BYTES);
  if (body.readUInt32BE(0) !== crc32(body.subarray(CRC_BYTES))) {
    throw new RangeError("it is damaged: its checksum is not that of its bytes");
  }
  const messages = await decodeMessages(new Decoder(bytes), bytes.length);
  if (messages.length === 0) throw new RangeError(`it is damaged: nothing is in the message at ${baseOffset}`);
  return messages.map(({ offset, timestamp = "-1", key, value }) => {
    const timestampMs = Number(timestamp);
    return { offset: BigInt(offset), timestampMs: timestampMs >= 0 ? timestampMs : null, key, value, headers: [] };
  });
}
