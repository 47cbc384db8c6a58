/**
 * A record in the bytes of its batch. Offset, key and value are made when
 * somebody asks for them, because so many records are held at a time, and most
 * of them lose without that.
 */
import { isPlainJsonBytes, type JsonScan } from "@trilane/feature-groups";
import type { RecordHeader, StreamRecord } from "../stream-source.ts";

/** The values that the records of one batch share. */
export interface RecordsOfBatch {
  readonly bytes: Buffer;
  readonly baseOffset: bigint;
}

/** The parts of a record within the bytes of its batch. */
export interface RecordSpan {
  readonly offsetDelta: number;
  readonly timestampMs: number | null;
  readonly keyAt: number;
  /** -1: there is no key. */
  readonly keyBytes: number;
  readonly valueAt: number;
  /** -1: there is no value. */
  readonly valueBytes: number;
}

export class LogRecord implements StreamRecord {
  readonly headers: readonly RecordHeader[];
  readonly timestampMs: number | null;
  readonly #batch: RecordsOfBatch;
  readonly #offsetDelta: number;
  readonly #keyAt: number;
  readonly #keyBytes: number;
  readonly #valueAt: number;
  readonly #valueBytes: number;

  /** Very many records are held, so the span is not. */
  constructor(batch: RecordsOfBatch, span: RecordSpan, headers: readonly RecordHeader[]) {
    this.headers = headers;
    this.timestampMs = span.timestampMs;
    this.#batch = batch;
    this.#offsetDelta = span.offsetDelta;
    this.#keyAt = span.keyAt;
    this.#keyBytes = span.keyBytes;
    this.#valueAt = span.valueAt;
    this.#valueBytes = span.valueBytes;
  }

  get offset(): bigint {
    return this.#batch.baseOffset + BigInt(this.#offsetDelta);
  }

  get key(): Buffer | null {
    return this.#keyBytes < 0 ? null : this.#batch.bytes.subarray(this.#keyAt, this.#keyAt + this.#keyBytes);
  }

  get value(): Buffer | null {
    return this.#valueBytes < 0 ? null : this.#batch.bytes.subarray(this.#valueAt, this.#valueAt + this.#valueBytes);
  }

  get hasValue(): boolean {
    return this.#valueBytes >= 0;
  }

  plainJson(): string | null {
    const { bytes } = this.#batch;
    const [from, end] = [this.#valueAt, this.#valueAt + this.#valueBytes];
    return this.#valueBytes >= 0 && isPlainJsonBytes(bytes, from, end) ? bytes.toString("latin1", from, end) : null;
  }

  scanValue(scan: JsonScan): boolean {
    return this.#valueBytes > 0 && scan.reads(this.#batch.bytes, this.#valueAt, this.#valueAt + this.#valueBytes);
  }

  get sizeBytes(): number {
    return Math.max(0, this.#keyBytes) + Math.max(0, this.#valueBytes);
  }
}
