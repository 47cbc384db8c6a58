/**
 * The last offset that each partition of a fetch response covers, from the
 * headers of its record batches: kafkajs drops a batch that compaction has
 * emptied, and with it where to go on. Source: the Kafka protocol guide, Fetch
 * responses 4 to 11, and the record batch of magic 2.
 */
import { type PartitionId, partitionName } from "../stream-source.ts";

export const FETCH_VERSIONS = [4, 5, 6, 7, 8, 9, 10, 11] as const;
export type FetchVersion = (typeof FETCH_VERSIONS)[number];

const INT16_BYTES = 2;
const INT32_BYTES = 4;
const INT64_BYTES = 8;
const ABORTED_TRANSACTION_BYTES = 16;
/** Versions from which a field is there. */
const WITH_SESSION = 7;
const WITH_LOG_START = 5;
const WITH_PREFERRED_REPLICA = 11;
/** Of a record batch: base offset and length stand before what the length counts. */
const BATCH_HEAD_BYTES = 12;
const BATCH_HEADER_BYTES = 61;
const MAGIC_AT = 16;
const MAGIC = 2;
const LENGTH_AT = 8;
const LAST_OFFSET_DELTA_AT = 23;

/** By partition name; a partition without a whole batch has none. */
export function batchEndsOf(response: Buffer, version: FetchVersion): ReadonlyMap<string, bigint> {
  const cursor = new Cursor(response);
  cursor.skip(INT32_BYTES + (version >= WITH_SESSION ? INT16_BYTES + INT32_BYTES : 0));
  const ends = new Map<string, bigint>();
  for (let topics = cursor.int32(); topics > 0; topics -= 1) {
    const topic = cursor.text();
    for (let partitions = cursor.int32(); partitions > 0; partitions -= 1) {
      const { partition, batches } = readPartition(cursor, version);
      const end = lastOffsetOf(batches);
      if (end !== null) ends.set(partitionName({ topic, partition }), end);
    }
  }
  return ends;
}

function readPartition(
  cursor: Cursor,
  version: FetchVersion,
): Pick<PartitionId, "partition"> & { readonly batches: Buffer } {
  const partition = cursor.int32();
  // The error's code, the high watermark, the last stable offset.
  cursor.skip(INT16_BYTES + 2 * INT64_BYTES + (version >= WITH_LOG_START ? INT64_BYTES : 0));
  cursor.skip(Math.max(0, cursor.int32()) * ABORTED_TRANSACTION_BYTES);
  if (version >= WITH_PREFERRED_REPLICA) cursor.skip(INT32_BYTES);
  return { partition, batches: cursor.bytes(Math.max(0, cursor.int32())) };
}

/** The last batch may be cut off: it comes again, whole. */
function lastOffsetOf(batches: Buffer): bigint | null {
  let last: bigint | null = null;
  for (let at = 0; at + BATCH_HEADER_BYTES <= batches.length;) {
    const end = at + BATCH_HEAD_BYTES + batches.readInt32BE(at + LENGTH_AT);
    if (batches.readInt8(at + MAGIC_AT) !== MAGIC || end <= at || end > batches.length) break;
    last = batches.readBigInt64BE(at) + BigInt(batches.readInt32BE(at + LAST_OFFSET_DELTA_AT));
    at = end;
  }
  return last;
}

class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(count: number): void {
    this.#at += count;
  }

  int32(): number {
    this.#at += INT32_BYTES;
    return this.#bytes.readInt32BE(this.#at - INT32_BYTES);
  }

  text(): string {
    const length = this.#bytes.readInt16BE(this.#at);
    this.skip(INT16_BYTES);
    return this.bytes(Math.max(0, length)).toString("utf8");
  }

  bytes(count: number): Buffer {
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
}
