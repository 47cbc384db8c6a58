/**
 * Reads the records of one batch, as far as the budget of a fetch allows. A
 * batch may hold millions in a few kilobytes. The next fetch reads the rest of
 * it, and begins after the last record that was taken.
 */
import type { Turn } from "@trilane/feature-groups";
import type { RecordHeader, StreamRecord } from "../stream-source.ts";
import { BATCH_HEADER_BYTES, type BatchHeader, type LogEntry } from "./batch-header.ts";
import { ByteCursor } from "./byte-cursor.ts";
import { decompressorOf } from "./codecs.ts";
import type { FetchBudget } from "./fetch-budget.ts";
import { LogRecord, type RecordsOfBatch } from "./log-record.ts";

export interface ReadRecords {
  readonly records: readonly StreamRecord[];
  /** Whether the batch holds no more records. */
  readonly isWhole: boolean;
}

export interface Taking {
  /** The first offset that is wanted. */
  readonly from: bigint;
  readonly budget: FetchBudget;
  /** The turn of the whole fetch. */
  readonly turn: Turn;
}

/** Records between two looks at the clock. */
const LOOK_EVERY = 128;
/** A record has at least a length, attributes, two deltas, two lengths and a count of headers. */
const RECORD_BYTES_MIN = 7;

/**
 * The records from `from` on. @throws RangeError, StreamError BATCH_UNREADABLE for a batch that is damaged or too large
 */
export async function readRecords(entry: LogEntry, header: BatchHeader, taking: Taking): Promise<ReadRecords> {
  const body = entry.bytes.subarray(BATCH_HEADER_BYTES);
  const decompress = decompressorOf(header.codec);
  const bytes = decompress === null ? body : await decompress(body);
  if (header.recordCount < 0 || header.recordCount > bytes.length / RECORD_BYTES_MIN) {
    throw new RangeError(`it is damaged: ${header.recordCount} records in ${bytes.length} bytes`);
  }
  return takeRecords(new ByteCursor(bytes), header, taking);
}

async function takeRecords(
  cursor: ByteCursor,
  header: BatchHeader,
  { from, budget, turn }: Taking,
): Promise<ReadRecords> {
  const records: StreamRecord[] = [];
  const batch: RecordsOfBatch = { bytes: cursor.all, baseOffset: header.baseOffset };
  // Deltas have 32 bits, so they and their bounds are exact as numbers.
  const fromDelta = Number(from - header.baseOffset);
  const lastDelta = Number(header.lastOffset - header.baseOffset);
  let last = -1;
  for (let index = 0; index < header.recordCount; index += 1) {
    if (index % LOOK_EVERY === 0 && turn.isOver) await turn.next();
    const length = cursor.varint();
    const end = cursor.at + length;
    if (length < 0 || length > cursor.left) throw new RangeError("it is damaged: a record is longer than the batch");
    cursor.skip(1);
    const timestampDelta = cursor.varlong();
    const offsetDelta = cursor.varint();
    if (offsetDelta <= last || offsetDelta > lastDelta) {
      throw new RangeError(`it is damaged: offset delta ${offsetDelta} comes after ${last}`);
    }
    last = offsetDelta;
    if (offsetDelta >= fromDelta) {
      if (budget.isSpent) return { records, isWhole: false };
      budget.spend(length);
      const timestampMs = header.appendTimestampMs ?? header.firstTimestampMs + timestampDelta;
      records.push(recordAt(cursor, { batch, offsetDelta, timestampMs, end }));
    }
    cursor.moveTo(end);
  }
  if (cursor.left > 0) throw new RangeError(`it is damaged: ${cursor.left} bytes follow its last record`);
  return { records, isWhole: true };
}

interface RecordStart {
  readonly batch: RecordsOfBatch;
  readonly offsetDelta: number;
  readonly timestampMs: number;
  readonly end: number;
}

function recordAt(cursor: ByteCursor, { batch, offsetDelta, timestampMs, end }: RecordStart): StreamRecord {
  const keyBytes = cursor.varint();
  const keyAt = cursor.at;
  if (keyBytes > 0) cursor.skip(keyBytes);
  const valueBytes = cursor.varint();
  const valueAt = cursor.at;
  if (valueBytes > 0) cursor.skip(valueBytes);
  const headers = headersAt(cursor);
  if (cursor.at !== end) {
    const offset = batch.baseOffset + BigInt(offsetDelta);
    throw new RangeError(`it is damaged: the record at ${offset} does not end where it says`);
  }
  const time = timestampMs >= 0 ? timestampMs : null;
  return new LogRecord(batch, { offsetDelta, timestampMs: time, keyAt, keyBytes, valueAt, valueBytes }, headers);
}

const NO_HEADERS: readonly RecordHeader[] = [];

function headersAt(cursor: ByteCursor): readonly RecordHeader[] {
  const count = cursor.varint();
  // A header has at least two lengths.
  if (count < 0 || count > cursor.left / 2) throw new RangeError(`it is damaged: a record of ${count} headers`);
  if (count === 0) return NO_HEADERS;
  return Array.from({ length: count }, () => {
    const name = cursor.sizedBytes()?.toString("utf8") ?? "";
    return { name, value: cursor.sizedBytes() };
  });
}
