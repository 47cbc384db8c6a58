/**
 * A partition's log, and what a broker answers to a fetch of committed records:
 * batches up to the last stable offset, cut off anywhere, and the list of
 * aborted transactions in the order of their markers.
 */
import type { CodecName } from "./compress.ts";
import { batchBytes, int, type WrittenBatch, type WrittenRecord } from "./written-batch.ts";

/** One thing that happens to the partition. */
export type LogStep =
  | {
      readonly kind: "batch";
      /** Null: outside of transactions. */
      readonly producer: number | null;
      readonly codec: CodecName;
      readonly records: readonly (Omit<WrittenRecord, "offset"> & { readonly isCompacted: boolean })[];
      readonly appendTimestampMs: number | null;
      /** Offsets that compaction took with their batch. */
      readonly gap: number;
      /** A byte that is flipped, as a part of those that can be; null: none. */
      readonly damage: number | null;
    }
  /** The end of the producer's transaction, where it has one. */
  | { readonly kind: "end"; readonly producer: number; readonly isAborted: boolean }
  /** A marker of the broker's own. */
  | { readonly kind: "broker-marker" };

interface LoggedBatch extends Pick<WrittenBatch, "baseOffset" | "lastOffset"> {
  readonly bytes: Buffer;
  readonly isDamaged: boolean;
}

interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly markerOffset: number;
}

const COMMIT_KEY = Buffer.from([0, 0, 0, 1]);
const ABORT_KEY = Buffer.from([0, 0, 0, 0]);
const LEADER_CHANGE_KEY = Buffer.from([0, 0, 0, 2]);
const MARKER_VALUE = Buffer.alloc(6);
const CONTROL_TIMESTAMP_MS = 1_700_000_000_000;
/** The checksum and what it covers, but for the offset up to which the batch says that it reaches. */
const DAMAGED_FROM = 27;

export class PartitionLog {
  readonly #batches: LoggedBatch[] = [];
  readonly #aborted: AbortedTransaction[] = [];
  readonly #open = new Map<number, { readonly firstOffset: number; readonly records: WrittenRecord[] }>();
  readonly #visible: WrittenRecord[] = [];
  #end = 0;

  constructor(steps: readonly LogStep[]) {
    for (const step of steps) this.#take(step);
  }

  /** Where a reader of committed records ends: behind the last batch below the first open transaction. */
  get readableEnd(): number {
    const last = this.#batches.findLast(({ lastOffset }) => lastOffset < this.#stableOffset);
    return last === undefined ? 0 : last.lastOffset + 1;
  }

  get #stableOffset(): number {
    return Math.min(this.#end, ...[...this.#open.values()].map(({ firstOffset }) => firstOffset));
  }

  /** Which records are right, in order. */
  get visible(): readonly WrittenRecord[] {
    const stable = this.#stableOffset;
    return this.#visible
      .filter(({ offset }) => offset < stable && !this.#isDamagedAt(offset))
      .toSorted((left, right) => left.offset - right.offset);
  }

  /** The first offsets of the batches that nobody can read, as far as they are committed. */
  get damaged(): readonly number[] {
    return this.#batches
      .filter(({ isDamaged, lastOffset }) => isDamaged && lastOffset < this.#stableOffset)
      .map(({ baseOffset }) => baseOffset);
  }

  /** At least one whole batch, where there is one. */
  fetchBytes(from: number, { topic, bytesMax }: { readonly topic: string; readonly bytesMax: number }): Buffer {
    const stable = this.#stableOffset;
    const batches = this.#batches.filter(({ lastOffset }) => lastOffset >= from && lastOffset < stable);
    const all = Buffer.concat(batches.map(({ bytes }) => bytes));
    const log = all.subarray(0, Math.max(bytesMax, batches[0]?.bytes.length ?? 0));
    const aborted = this.#aborted.filter(({ markerOffset }) => markerOffset >= from);
    const name = Buffer.from(topic);
    return Buffer.concat([
      ...[int(4, 0), int(2, 0), int(4, 0), int(4, 1), int(2, name.length), name, int(4, 1)],
      ...[int(4, 0), int(2, 0), int(8, this.#end), int(8, stable), int(8, 0), int(4, aborted.length)],
      ...aborted.flatMap(({ producerId, firstOffset }) => [int(8, producerId), int(8, firstOffset)]),
      ...[int(4, -1), int(4, log.length), log],
    ]);
  }

  #take(step: LogStep): void {
    switch (step.kind) {
      case "batch":
        this.#takeBatch(step);
        break;
      case "end":
        this.#takeEnd(step);
        break;
      case "broker-marker":
        this.#takeControl(LEADER_CHANGE_KEY, -1);
        break;
    }
  }

  #takeBatch({ producer, codec, records, appendTimestampMs, gap, damage }: Extract<LogStep, { kind: "batch" }>): void {
    const baseOffset = this.#end + gap;
    const lastOffset = baseOffset + Math.max(0, records.length - 1);
    const kept = records.flatMap(({ isCompacted, ...record }, index) =>
      isCompacted ? [] : [{ ...record, offset: baseOffset + index }],
    );
    const isTransactional = producer !== null;
    const producerId = producer ?? -1;
    const written = { isTransactional, producerId, isControl: false, baseOffset, lastOffset, codec, appendTimestampMs };
    const bytes = batchBytes({ ...written, records: kept });
    if (damage !== null) flip(bytes, damage);
    this.#batches.push({ baseOffset, lastOffset, bytes, isDamaged: damage !== null });
    this.#end = lastOffset + 1;
    const stamped = kept.map((record) => ({ ...record, timestampMs: appendTimestampMs ?? record.timestampMs }));
    if (producer === null) {
      this.#visible.push(...stamped);
      return;
    }
    const open = this.#open.get(producer) ?? { firstOffset: baseOffset, records: [] };
    open.records.push(...stamped);
    this.#open.set(producer, open);
  }

  #takeEnd({ producer, isAborted }: Extract<LogStep, { kind: "end" }>): void {
    const open = this.#open.get(producer);
    if (open === undefined) return;
    this.#open.delete(producer);
    const markerOffset = this.#end;
    if (isAborted) this.#aborted.push({ producerId: producer, firstOffset: open.firstOffset, markerOffset });
    else this.#visible.push(...open.records);
    this.#takeControl(isAborted ? ABORT_KEY : COMMIT_KEY, producer);
  }

  #takeControl(key: Buffer, producerId: number): void {
    const offset = this.#end;
    const record = { offset, timestampMs: CONTROL_TIMESTAMP_MS, key, value: MARKER_VALUE, headers: [] };
    const own = { baseOffset: offset, lastOffset: offset, producerId, isTransactional: producerId >= 0 };
    const bytes = batchBytes({ ...own, isControl: true, appendTimestampMs: null, codec: "none", records: [record] });
    this.#batches.push({ baseOffset: offset, lastOffset: offset, bytes, isDamaged: false });
    this.#end += 1;
  }

  #isDamagedAt(offset: number): boolean {
    return this.#batches.some(
      ({ baseOffset, lastOffset, isDamaged }) => isDamaged && baseOffset <= offset && offset <= lastOffset,
    );
  }
}

/** One bit of those that the checksum covers. */
function flip(bytes: Buffer, damage: number): void {
  const at = DAMAGED_FROM + (damage % (bytes.length - DAMAGED_FROM));
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (damage % 8)), at);
}
