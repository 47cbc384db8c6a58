/** Bytes of a fetch response (version 11) of one partition, as a broker would send them. */

export interface WrittenBatch {
  readonly baseOffset: number;
  /** What the batch covers beyond its base; more than its records where compaction removed some. */
  readonly lastOffsetDelta: number;
  readonly producerId?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  /** By offset delta. */
  readonly records: readonly { readonly delta: number; readonly key: Buffer | null; readonly value: Buffer | null }[];
}

export interface WrittenFetch {
  readonly topic: string;
  readonly highWatermark: number;
  readonly aborted?: readonly { readonly producerId: number; readonly firstOffset: number }[];
  readonly batches: readonly WrittenBatch[];
}

export const ABORT_MARKER = Buffer.from([0, 0, 0, 0]);
export const COMMIT_MARKER = Buffer.from([0, 0, 0, 1]);

const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

export function fetchBytes({ topic, highWatermark, aborted = [], batches }: WrittenFetch): Buffer {
  const written = Buffer.concat(batches.map(batchBytes));
  const name = Buffer.from(topic);
  const parts = [
    [int32(0), int16(0), int32(0), int32(1), int16(name.length), name, int32(1)],
    [int32(0), int16(0), int64(highWatermark), int64(highWatermark), int64(0), int32(aborted.length)],
    aborted.flatMap(({ producerId, firstOffset }) => [int64(producerId), int64(firstOffset)]),
    [int32(-1), int32(written.length), written],
  ];
  return Buffer.concat(parts.flat());
}

function batchBytes(batch: WrittenBatch): Buffer {
  const attributes = (batch.isTransactional === true ? TRANSACTIONAL : 0) | (batch.isControl === true ? CONTROL : 0);
  const parts = [
    [int32(0), Buffer.from([2]), int32(0), int16(attributes), int32(batch.lastOffsetDelta), int64(0), int64(0)],
    [int64(batch.producerId ?? -1), int16(0), int32(0), int32(batch.records.length)],
    batch.records.map(recordBytes),
  ];
  const body = Buffer.concat(parts.flat());
  return Buffer.concat([int64(batch.baseOffset), int32(body.length), body]);
}

function recordBytes({ delta, key, value }: WrittenBatch["records"][number]): Buffer {
  const body = Buffer.concat([Buffer.from([0]), varint(0), varint(delta), sized(key), sized(value), varint(0)]);
  return Buffer.concat([varint(body.length), body]);
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
