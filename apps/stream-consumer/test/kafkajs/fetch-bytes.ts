/** Bytes of a fetch response of one partition, as a broker would send them. */
import { gzipSync, zstdCompressSync } from "node:zlib";

export interface WrittenRecord {
  readonly delta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly (readonly [name: string, value: Buffer | null])[];
}

export interface WrittenBatch {
  readonly baseOffset: number;
  /** The last offset that the batch covers, from its base; more than its records where compaction removed some. */
  readonly lastOffsetDelta: number;
  readonly producerId?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  readonly codec?: "gzip" | "zstd";
  /** By offset delta. */
  readonly records: readonly WrittenRecord[];
  /** Bytes of the batch in place of the records. */
  readonly body?: Buffer;
  readonly recordCount?: number;
  readonly codecNumber?: number;
  readonly magic?: number;
}

export interface WrittenFetch {
  readonly topic: string;
  readonly highWatermark: number;
  readonly version?: number;
  readonly errorCode?: number;
  readonly aborted?: readonly { readonly producerId: number; readonly firstOffset: number }[];
  readonly batches: readonly (WrittenBatch | Buffer)[];
}

export const ABORT_MARKER = Buffer.from([0, 0, 0, 0]);
export const COMMIT_MARKER = Buffer.from([0, 0, 0, 1]);

const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const CODECS = {
  gzip: { number: 1, compress: (bytes: Buffer) => gzipSync(bytes) },
  zstd: { number: 4, compress: (bytes: Buffer) => zstdCompressSync(bytes) },
} as const;

export function fetchBytes(written: WrittenFetch): Buffer {
  const { topic, highWatermark, version = 11, errorCode = 0, aborted = [] } = written;
  const log = Buffer.concat(written.batches.map((batch) => (Buffer.isBuffer(batch) ? batch : batchBytes(batch))));
  const name = Buffer.from(topic);
  const session = version >= 7 ? [int16(0), int32(0)] : [];
  const logStart = version >= 5 ? [int64(0)] : [];
  const replica = version >= 11 ? [int32(-1)] : [];
  const parts = [
    [int32(0), ...session, int32(1), int16(name.length), name, int32(1)],
    [int32(0), int16(errorCode), int64(highWatermark), int64(highWatermark), ...logStart, int32(aborted.length)],
    aborted.flatMap(({ producerId, firstOffset }) => [int64(producerId), int64(firstOffset)]),
    [...replica, int32(log.length), log],
  ];
  return Buffer.concat(parts.flat());
}

export function batchBytes(batch: WrittenBatch): Buffer {
  const codec = batch.codec === undefined ? null : CODECS[batch.codec];
  const flags = (batch.isTransactional === true ? TRANSACTIONAL : 0) | (batch.isControl === true ? CONTROL : 0);
  const attributes = flags | (batch.codecNumber ?? codec?.number ?? 0);
  const plain = batch.body ?? Buffer.concat(batch.records.map(recordBytes));
  const checked = Buffer.concat([
    int16(attributes),
    int32(batch.lastOffsetDelta),
    int64(0),
    int64(0),
    int64(batch.producerId ?? -1),
    int16(0),
    int32(0),
    int32(batch.recordCount ?? batch.records.length),
    codec?.compress(plain) ?? plain,
  ]);
  const body = Buffer.concat([int32(0), Buffer.from([batch.magic ?? 2]), checksum(checked), checked]);
  return Buffer.concat([int64(batch.baseOffset), int32(body.length), body]);
}

export function recordBytes({ delta, key, value, headers = [] }: WrittenRecord): Buffer {
  const own = headers.flatMap(([name, bytes]) => [sized(Buffer.from(name)), sized(bytes)]);
  const fixed = [Buffer.from([0]), varint(0), varint(delta), sized(key), sized(value), varint(headers.length)];
  const body = Buffer.concat([...fixed, ...own]);
  return Buffer.concat([varint(body.length), body]);
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

/** Zigzag, seven bits a byte. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value < 0 ? -2 * value - 1 : 2 * value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) + 0x80);
  return Buffer.from([...bytes, left]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}
