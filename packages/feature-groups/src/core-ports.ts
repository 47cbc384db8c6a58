/**
 * The parts of the write-through core that this package needs. The core's
 * `Reader` and `Writer` fit these types as they are, and so does anything that
 * stands before them.
 */
import type {
  Explanation,
  ReadResult,
  Receipt,
  SubjectDigest,
  TimeOfDay,
  WriteOptions,
  WriteRecord,
} from "@trilane/write-through";
import { FeatureGroupError } from "./errors.ts";

export interface CoreReader {
  /** Reads one key; calls of the same turn may share a request. Never rejects. */
  readOne(key: string): Promise<ReadResult>;
  /** One result per key, in order. Never rejects for one key. */
  read(keys: readonly string[]): Promise<readonly ReadResult[]>;
  explain(key: string): Promise<Explanation>;
  /** True where every result from the cache was already compared with its version. */
  readonly checksCopies?: boolean;
}

export interface CoreWriter {
  /** One receipt per record, in order. Never rejects for one record. */
  write(records: readonly WriteRecord[], options: WriteOptions): Promise<readonly Receipt[]>;
  /** Whether a record of the person at this event time is erased, as far as this process knows. */
  isErased(subject: SubjectDigest, eventTimeUs: number): boolean;
  /** The time that decides whether a record is too early, current or expired. */
  timeOfDay(): TimeOfDay;
}

/** @throws FeatureGroupError CORE_CONTRACT where the core did not give one answer per request */
export function oneEach<Answer>(
  requests: readonly unknown[],
  answers: readonly Answer[],
  noun: "receipts" | "results",
): readonly Answer[] {
  if (answers.length === requests.length) return answers;
  throw new FeatureGroupError("CORE_CONTRACT", `the core gave ${answers.length} ${noun} for ${requests.length}`);
}
