/**
 * Decides which batches of a fetch belong to aborted transactions. Brokers send
 * the list of these in the order of the abort markers, and a fetch may begin
 * inside of several. So all entries whose first offset lies at or before a
 * batch count for it, whatever their position in the list. Only a control batch
 * is a marker, whatever a record's key looks like. (The Java client does the
 * same.)
 */
import { BATCH_HEADER_BYTES, type BatchHeader, type LogEntry } from "./batch-header.ts";
import { ByteCursor } from "./byte-cursor.ts";

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

const RECORD_ATTRIBUTES_BYTES = 1;
const MARKER_VERSION_BYTES = 2;
const ABORT = 0;

export class AbortedTransactions {
  readonly #waiting: AbortedTransaction[];
  readonly #aborting = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#waiting = aborted.toSorted((left, right) => (left.firstOffset < right.firstOffset ? -1 : 1));
  }

  /** Batches are asked for in their order. @throws RangeError for a marker that is damaged */
  hides(entry: LogEntry, header: BatchHeader): boolean {
    this.#advanceTo(header.lastOffset);
    if (!header.isControl) return header.isTransactional && this.#aborting.has(header.producerId);
    if (isAbort(entry, header)) this.#aborting.delete(header.producerId);
    return true;
  }

  #advanceTo(offset: bigint): void {
    for (let next = this.#waiting[0]; next !== undefined && next.firstOffset <= offset; next = this.#waiting[0]) {
      this.#aborting.add(next.producerId);
      this.#waiting.shift();
    }
  }
}

/** The key of the one record: a version and the kind, two bytes each. */
function isAbort({ bytes }: LogEntry, { recordCount }: BatchHeader): boolean {
  if (recordCount === 0) return false;
  const cursor = new ByteCursor(bytes, BATCH_HEADER_BYTES);
  cursor.varint();
  cursor.skip(RECORD_ATTRIBUTES_BYTES);
  cursor.varlong();
  cursor.varint();
  const key = cursor.sizedBytes();
  if (key === null || key.length < MARKER_VERSION_BYTES + 2) return false;
  return key.readInt16BE(MARKER_VERSION_BYTES) === ABORT;
}
