/**
 * The stream: partitions of records with rising offsets, read by a group of
 * processes that share them.
 *
 * An adapter guarantees: the slices of one partition come one after the other,
 * in order; the next one comes only after the handler has resolved, and starts
 * behind the last slice that was taken or committed by this process. A position that was never
 * committed is delivered again to this or another process, so every record is
 * handled at least once. After a rebalance two processes may handle one
 * partition for a moment. A commit may then go backwards, which repeats records
 * and loses none.
 */

import type { JsonScan } from "@trilane/feature-groups";

export interface PartitionId {
  readonly topic: string;
  readonly partition: number;
}

export interface RecordHeader {
  readonly name: string;
  readonly value: Uint8Array | null;
}

export interface StreamRecord {
  readonly offset: bigint;
  /** Milliseconds since 1970, set by the producer or the broker; null where there is no time. */
  readonly timestampMs: number | null;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** Whether there is a value, where the source knows it without a view of its bytes. */
  readonly hasValue?: boolean;
  /**
   * The text of the value where it is ASCII of which `JSON.parse` alone gives the exact value, without a view of its
   * bytes; null for every other.
   */
  plainJson?(): string | null;
  /** Gives the bytes of the value to the scan, without a view of them, and says whether it has read them. */
  scanValue?(scan: JsonScan): boolean;
  /** The bytes of key and value, where the source knows them without looking. */
  readonly sizeBytes?: number;
  /** A name may come several times. */
  readonly headers: readonly RecordHeader[];
}

/** Consecutive records of one partition. Offsets may have gaps, because of compacted records and markers. */
export interface Slice extends PartitionId {
  /** Empty where the offsets hold nothing that a handler may see, such as markers. */
  readonly records: readonly StreamRecord[];
  /** The offset after everything that the slice covers. */
  readonly endOffset: bigint;
  /**
   * Tells the group that this process is alive. To call at least every few seconds while the slice is handled. Rejects
   * when the partition may belong to another process by now: stop then, and let the handler reject with the same error.
   */
  heartbeat(): Promise<void>;
  /**
   * Moves this process on behind the slice, so that the next one may come before this one is committed. A pause can move
   * it back.
   */
  take(): void;
  /** Says that records before `offset` need not be delivered again. It also works while the source is stopping. */
  commit(offset: bigint): Promise<void>;
}

/** Offsets of a partition whose records cannot be separated: a damaged batch, or one that becomes too large. */
export interface UnreadableSlice extends PartitionId, Pick<Slice, "heartbeat" | "commit"> {
  readonly startOffset: bigint;
  /** The offset after it. */
  readonly endOffset: bigint;
  /** The bytes as they came; null where the broker could not read them either. */
  readonly bytes: Uint8Array | null;
  /** A text for people. */
  readonly detail: string;
}

/** A partition goes on at another offset than expected. */
export interface PositionReset extends PartitionId {
  /**
   * overtaken: retention has removed records before they were read. remade: the topic was deleted and created again, or
   * its end lies before the records that were read.
   */
  readonly kind: "overtaken" | "remade";
  /** The offset where it should have gone on; null where only the topic is known to be another one. */
  readonly wantedOffset: bigint | null;
  /** The offset where it goes on. */
  readonly firstOffset: bigint;
}

export interface PartitionLag extends PartitionId {
  /** The offset that the next record will get. */
  readonly highWatermark: bigint;
  /** The offset from which the group would go on. */
  readonly committed: bigint;
  /** Whether this process reads the partition now. */
  readonly isAssigned: boolean;
  /** Whether any process of the group reads it; null while the group distributes its partitions. */
  readonly isRead: boolean | null;
}

export interface SliceHandlers {
  /** Slices of different partitions may be under way at the same time, up to the source's limit. */
  onSlice(slice: Slice): Promise<void>;
  /**
   * Like {@link onSlice}. If it resolves without a commit the partition must be paused, because the same batch would
   * come again.
   */
  onUnreadable(slice: UnreadableSlice): Promise<void>;
  /** Partitions that went to other processes; their pauses are forgotten. */
  onLost(partitions: readonly PartitionId[]): void;
  /** The next slice of the partition begins at its first offset, or after it. */
  onReset(reset: PositionReset): void;
  /** The source has ended for good and delivers nothing more. */
  onFailure(error: Error): void;
}

export interface StreamSource {
  /** Joins the group and delivers slices until {@link stop}. @throws StreamError TOPIC_MISSING, BROKERS_UNAVAILABLE */
  start(handlers: SliceHandlers): Promise<void>;
  /**
   * Stops the slices of the partition; fetched records are dropped and will be fetched again, from `fromOffset` on where
   * slices were taken.
   */
  pause(partition: PartitionId, fromOffset?: bigint): void;
  resume(partition: PartitionId): void;
  /** The partitions that this process reads; null before it has joined the group. */
  assignment(): readonly PartitionId[] | null;
  /** The lag of all partitions of the subscribed topics. Rejects when the brokers do not answer. */
  lag(): Promise<readonly PartitionLag[]>;
  /** Resolves when the handlers under way have resolved and the group was left. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** The sum over all partitions. */
export function totalLag(lags: readonly PartitionLag[]): number {
  return Number(lags.reduce((sum, { highWatermark, committed }) => sum + highWatermark - committed, 0n));
}

export function partitionName({ topic, partition }: PartitionId): string {
  return `${topic}/${partition}`;
}
