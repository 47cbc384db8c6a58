/**
 * A record in the bytes of its batch. Offset, key and value are made when
 * somebody asks for them, because so many records are held at a time, and most
 * of them lose without that.
 */
import { isPlainJsonBytes } from "@trilane/feature-groups";
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
  readonly #batch: RecordsOfBatch;
  readonly #span: RecordSpan;

  constructor(batch: RecordsOfBatch, span: RecordSpan, headers: readonly RecordHeader[]) {
    this.#batch = batch;
    this.#span = span;
    this.headers = headers;
  }

  get offset(): bigint {
    return this.#batch.baseOffset + BigInt(this.#span.offsetDelta);
  }

  get timestampMs(): number | null {
    return this.#span.timestampMs;
  }

  get key(): Buffer | null {
    const { keyAt, keyBytes } = this.#span;
    return keyBytes < 0 ? null : this.#batch.bytes.subarray(keyAt, keyAt + keyBytes);
  }

  get value(): Buffer | null {
    const { valueAt, valueBytes } = this.#span;
    return valueBytes < 0 ? null : this.#batch.bytes.subarray(valueAt, valueAt + valueBytes);
  }

  get hasValue(): boolean {
    return this.#span.valueBytes >= 0;
  }

  plainJson(): string | null {
    const { bytes } = this.#batch;
    const { valueAt, valueBytes } = this.#span;
    const end = valueAt + valueBytes;
    return valueBytes >= 0 && isPlainJsonBytes(bytes, valueAt, end) ? bytes.toString("latin1", valueAt, end) : null;
  }

  get sizeBytes(): number {
    const { keyBytes, valueBytes } = this.#span;
    return Math.max(0, keyBytes) + Math.max(0, valueBytes);
  }
}
