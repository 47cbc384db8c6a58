/**
 * Reads the records of one batch, as far as the budget of a fetch allows. A
 * batch may hold millions in a few kilobytes. The next fetch reads the rest of
 * it, and begins after the last record that was taken.
 */
import type { RecordHeader, StreamRecord } from "../stream-source.ts";
import { BATCH_HEADER_BYTES, type BatchHeader, type LogEntry } from "./batch-header.ts";
import { ByteCursor } from "./byte-cursor.ts";
import { decompressorOf } from "./codecs.ts";
import type { FetchBudget } from "./fetch-budget.ts";
import { LogRecord } from "./log-record.ts";

export interface ReadRecords {
  readonly records: readonly StreamRecord[];
  /** Whether the batch holds no more records. */
  readonly isWhole: boolean;
}

/** A record has at least a length, attributes, two deltas, two lengths and a count of headers. */
const RECORD_BYTES_MIN = 7;

/**
 * The records from `from` on. @throws RangeError, StreamError BATCH_UNREADABLE for a batch that is damaged or too large
 */
export async function readRecords(
  entry: LogEntry,
  header: BatchHeader,
  { from, budget }: { readonly from: bigint; readonly budget: FetchBudget },
): Promise<ReadRecords> {
  const body = entry.bytes.subarray(BATCH_HEADER_BYTES);
  const decompress = decompressorOf(header.codec);
  const bytes = decompress === null ? body : await decompress(body);
  if (header.recordCount < 0 || header.recordCount > bytes.length / RECORD_BYTES_MIN) {
    throw new RangeError(`it is damaged: ${header.recordCount} records in ${bytes.length} bytes`);
  }
  return takeRecords(new ByteCursor(bytes), header, { from, budget });
}

function takeRecords(
  cursor: ByteCursor,
  header: BatchHeader,
  { from, budget }: { readonly from: bigint; readonly budget: FetchBudget },
): ReadRecords {
  const records: StreamRecord[] = [];
  let last = -1;
  for (let index = 0; index < header.recordCount; index += 1) {
    const length = cursor.varint();
    const end = cursor.at + length;
    if (length < 0 || length > cursor.left) throw new RangeError("it is damaged: a record is longer than the batch");
    cursor.skip(1);
    const timestampDelta = cursor.varlong();
    const delta = cursor.varint();
    if (delta <= last || header.baseOffset + BigInt(delta) > header.lastOffset) {
      throw new RangeError(`it is damaged: offset delta ${delta} comes after ${last}`);
    }
    last = delta;
    const offset = header.baseOffset + BigInt(delta);
    if (offset >= from) {
      if (budget.isSpent) return { records, isWhole: false };
      budget.spend(length);
      records.push(recordAt(cursor, { header, offset, timestampDelta, end }));
    }
    cursor.moveTo(end);
  }
  if (cursor.left > 0) throw new RangeError(`it is damaged: ${cursor.left} bytes follow its last record`);
  return { records, isWhole: true };
}

function recordAt(
  cursor: ByteCursor,
  {
    header,
    offset,
    timestampDelta,
    end,
  }: { readonly header: BatchHeader; readonly offset: bigint; readonly timestampDelta: number; readonly end: number },
): StreamRecord {
  const timestampMs = header.appendTimestampMs ?? header.firstTimestampMs + timestampDelta;
  const keyBytes = cursor.varint();
  const keyAt = cursor.at;
  if (keyBytes > 0) cursor.skip(keyBytes);
  const valueBytes = cursor.varint();
  const valueAt = cursor.at;
  if (valueBytes > 0) cursor.skip(valueBytes);
  const headers = headersAt(cursor);
  if (cursor.at !== end) throw new RangeError(`it is damaged: the record at ${offset} does not end where it says`);
  const bytes = cursor.all;
  const time = timestampMs >= 0 ? timestampMs : null;
  return new LogRecord({ offset, timestampMs: time, bytes, keyAt, keyBytes, valueAt, valueBytes, headers });
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
