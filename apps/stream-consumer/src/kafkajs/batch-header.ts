/**
 * Reads the header of a record batch, format 2, and checks whether the batch is
 * whole. Source: the Kafka protocol guide, "Record Batch".
 */
import { ByteCursor } from "./byte-cursor.ts";
import { crc32c } from "./crc32c.ts";

export interface BatchHeader {
  readonly baseOffset: bigint;
  /** The last offset that the batch covers, even if compaction has removed its record. */
  readonly lastOffset: bigint;
  /** The codec by Kafka's number; 0: not compressed. */
  readonly codec: number;
  readonly isTransactional: boolean;
  /** Its one record is a marker of a transaction's end. */
  readonly isControl: boolean;
  readonly producerId: bigint;
  readonly firstTimestampMs: number;
  /** The time of the broker's own clock, where the broker gave it to all records; null otherwise. */
  readonly appendTimestampMs: number | null;
  readonly recordCount: number;
}

/** The base offset and the length stand before the bytes that the length counts. */
export const BATCH_HEAD_BYTES = 12;
export const BATCH_HEADER_BYTES = 61;
const LENGTH_AT = 8;
const MAGIC_AT = 16;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
export const MAGIC_OF_BATCH = 2;
const CODEC_MASK = 0x07;
const APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const EPOCH_AND_SEQUENCE_BYTES = 6;

/** An entry of a partition's log: one batch, or one message of the formats before. */
export interface LogEntry {
  readonly baseOffset: bigint;
  readonly magic: number;
  /** The bytes from the base offset on. */
  readonly bytes: Buffer;
}

/** The entry at `at`; null where it is cut off: a fetch may end anywhere, and the whole entry comes again. */
export function entryAt(log: Buffer, at: number): LogEntry | null {
  if (at + MAGIC_AT >= log.length) return null;
  const end = at + BATCH_HEAD_BYTES + Math.max(MAGIC_AT - BATCH_HEAD_BYTES + 1, log.readInt32BE(at + LENGTH_AT));
  if (end > log.length) return null;
  return { baseOffset: log.readBigInt64BE(at), magic: log.readInt8(at + MAGIC_AT), bytes: log.subarray(at, end) };
}

/** @throws RangeError for a damaged batch */
export function readHeader({ baseOffset, bytes }: LogEntry): BatchHeader {
  if (bytes.length < BATCH_HEADER_BYTES) throw new RangeError(`it is damaged: it has ${bytes.length} bytes`);
  const [stored, found] = [bytes.readUInt32BE(CRC_AT), crc32c(bytes.subarray(ATTRIBUTES_AT))];
  if (stored !== found) {
    throw new RangeError(`it is damaged: its checksum is ${hex(stored)}, that of its bytes ${hex(found)}`);
  }
  const cursor = new ByteCursor(bytes, ATTRIBUTES_AT);
  const attributes = cursor.int16();
  const lastOffsetDelta = cursor.int32();
  const firstTimestampMs = Number(cursor.int64());
  const maxTimestampMs = Number(cursor.int64());
  const producerId = cursor.int64();
  cursor.skip(EPOCH_AND_SEQUENCE_BYTES);
  return {
    baseOffset,
    lastOffset: baseOffset + BigInt(Math.max(0, lastOffsetDelta)),
    codec: attributes & CODEC_MASK,
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    isControl: (attributes & CONTROL) !== 0,
    producerId,
    firstTimestampMs,
    appendTimestampMs: (attributes & APPEND_TIME) === 0 ? null : maxTimestampMs,
    recordCount: cursor.int32(),
  };
}

/** The last offset by the header, even if the header is damaged; null where it is impossible. */
export function claimedLastOffset({ baseOffset, magic, bytes }: LogEntry): bigint | null {
  if (magic !== MAGIC_OF_BATCH || bytes.length < BATCH_HEADER_BYTES) return null;
  const delta = bytes.readInt32BE(ATTRIBUTES_AT + 2);
  return delta < 0 ? null : baseOffset + BigInt(delta);
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}
