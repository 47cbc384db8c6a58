/**
 * A record in the bytes of its batch. Key and value are views that are made when
 * somebody asks for them, because so many records are held at a time.
 */
import type { RecordHeader, StreamRecord } from "../stream-source.ts";

export interface LogRecordParts {
  readonly offset: bigint;
  readonly timestampMs: number | null;
  readonly bytes: Buffer;
  readonly keyAt: number;
  /** -1: there is no key. */
  readonly keyBytes: number;
  readonly valueAt: number;
  /** -1: there is no value. */
  readonly valueBytes: number;
  readonly headers: readonly RecordHeader[];
}

export class LogRecord implements StreamRecord {
  readonly offset: bigint;
  readonly timestampMs: number | null;
  readonly headers: readonly RecordHeader[];
  readonly #bytes: Buffer;
  readonly #keyAt: number;
  readonly #keyBytes: number;
  readonly #valueAt: number;
  readonly #valueBytes: number;

  constructor({ offset, timestampMs, bytes, keyAt, keyBytes, valueAt, valueBytes, headers }: LogRecordParts) {
    this.offset = offset;
    this.timestampMs = timestampMs;
    this.headers = headers;
    this.#bytes = bytes;
    this.#keyAt = keyAt;
    this.#keyBytes = keyBytes;
    this.#valueAt = valueAt;
    this.#valueBytes = valueBytes;
  }

  get key(): Buffer | null {
    return this.#keyBytes < 0 ? null : this.#bytes.subarray(this.#keyAt, this.#keyAt + this.#keyBytes);
  }

  get value(): Buffer | null {
    return this.#valueBytes < 0 ? null : this.#bytes.subarray(this.#valueAt, this.#valueAt + this.#valueBytes);
  }

  get sizeBytes(): number {
    return Math.max(0, this.#keyBytes) + Math.max(0, this.#valueBytes);
  }
}
