/**
 * Which records of a fetch are committed, and where the fetch ends; kafkajs
 * finds both wrongly.
 *
 * It takes the list of aborted transactions as sorted by first offset, one
 * entry a record, although brokers send it in the order of the abort markers;
 * and any key of four zero bytes as a marker. So records of aborted
 * transactions came through. Here the list is sorted, all entries at or below
 * a record count, and only control records are markers. (The Java client does
 * the same.)
 *
 * And it takes the last record as the end, although compaction removes records
 * and leaves their batch: it went on by one offset a fetch, and stood still
 * before a batch without records. Here what a batch covers ends with a record
 * that nobody sees.
 */

/** As kafkajs decodes them. */
export interface FetchedRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  /** Markers of transactions; kafkajs shows none of these to a handler, but counts their offsets. */
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

const MARKER_BYTES = 4;
const MARKER_TYPE_AT = 2;
const ABORT = 0;
const NO_PRODUCER = "-1";

/** The same records in the same order; those of aborted transactions are hidden as control records are. */
export function hideAborted<Fetched extends FetchedRecord>(
  records: readonly Fetched[],
  aborted: readonly AbortedTransaction[] | null,
): readonly Fetched[] {
  if (aborted === null || aborted.length === 0) return records;
  const waiting = aborted
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: BigInt(firstOffset) }))
    .toSorted((left, right) => (left.firstOffset < right.firstOffset ? -1 : 1));
  const aborting = new Set<string>();
  let next = 0;
  return records.map((record) => {
    const offset = BigInt(record.offset);
    for (let entry = waiting[next]; entry !== undefined && entry.firstOffset <= offset; entry = waiting[next]) {
      aborting.add(entry.producerId);
      next += 1;
    }
    const { producerId, inTransaction } = record.batchContext;
    if (record.isControlRecord) {
      if (isAbort(record)) aborting.delete(producerId);
      return record;
    }
    return inTransaction && aborting.has(producerId) ? { ...record, isControlRecord: true } : record;
  });
}

/** Ends with a hidden record at `lastOffset`, where nothing is there. */
export function withEnd<Fetched extends FetchedRecord>(
  records: readonly Fetched[],
  lastOffset: bigint | null,
): readonly (Fetched | FetchedRecord)[] {
  const last = records.at(-1);
  if (lastOffset === null || (last !== undefined && BigInt(last.offset) >= lastOffset)) return records;
  return [...records, endRecord(lastOffset)];
}

function endRecord(offset: bigint): FetchedRecord & Readonly<Record<string, unknown>> {
  return {
    offset: String(offset),
    key: null,
    value: null,
    headers: {},
    timestamp: "-1",
    attributes: 0,
    isControlRecord: true,
    batchContext: { producerId: NO_PRODUCER, inTransaction: false },
  };
}

function isAbort({ key }: FetchedRecord): boolean {
  return key !== null && key.length >= MARKER_BYTES && key.readInt16BE(MARKER_TYPE_AT) === ABORT;
}
