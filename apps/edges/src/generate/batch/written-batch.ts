/** Record batches of Kafka as bytes, written by hand after the protocol guide. */
import { type CodecName, CODEC_NUMBERS, compressed, unsignedVarint } from "./compress.ts";

export interface WrittenRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly { readonly name: string; readonly value: Buffer | null }[];
}

export interface WrittenBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** -1: none. */
  readonly producerId: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  /** The broker's own time for all records. */
  readonly appendTimestampMs: number | null;
  readonly codec: CodecName;
  readonly records: readonly WrittenRecord[];
}

const APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const FIRST_TIMESTAMP_MS = 1_700_000_000_000;

export function batchBytes(batch: WrittenBatch): Buffer {
  const flags =
    (batch.appendTimestampMs === null ? 0 : APPEND_TIME) |
    (batch.isTransactional ? TRANSACTIONAL : 0) |
    (batch.isControl ? CONTROL : 0);
  const body = compressed(batch.codec, Buffer.concat(batch.records.map((record) => recordBytes(record, batch))));
  const checked = Buffer.concat([
    ...[int(2, CODEC_NUMBERS[batch.codec] | flags), int(4, batch.lastOffset - batch.baseOffset)],
    ...[int(8, FIRST_TIMESTAMP_MS), int(8, batch.appendTimestampMs ?? FIRST_TIMESTAMP_MS), int(8, batch.producerId)],
    ...[int(2, 0), int(4, 0), int(4, batch.records.length), body],
  ]);
  const rest = Buffer.concat([int(4, 0), Buffer.from([2]), checksum(checked), checked]);
  return Buffer.concat([int(8, batch.baseOffset), int(4, rest.length), rest]);
}

function recordBytes({ offset, timestampMs, key, value, headers }: WrittenRecord, { baseOffset }: WrittenBatch): Buffer {
  const body = Buffer.concat([
    ...[Buffer.from([0]), varint(timestampMs - FIRST_TIMESTAMP_MS), varint(offset - baseOffset)],
    ...[sized(key), sized(value), varint(headers.length)],
    ...headers.flatMap((header) => [sized(Buffer.from(header.name)), sized(header.value)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

/** Big-endian, of two, four or eight bytes. */
export function int(size: 2 | 4 | 8, value: number): Buffer {
  const bytes = Buffer.alloc(size);
  if (size === 8) bytes.writeBigInt64BE(BigInt(value));
  else bytes.writeIntBE(value, 0, size);
  return bytes;
}

/** CRC-32C, bit by bit. */
function checksum(bytes: Buffer): Buffer {
  let crc = 0xff_ff_ff_ff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82_f6_3b_78;
  }
  const written = Buffer.alloc(4);
  written.writeUInt32BE(~crc >>> 0);
  return written;
}

function sized(bytes: Buffer | null): Buffer {
  return bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  return unsignedVarint(value < 0 ? -2 * value - 1 : 2 * value);
}
