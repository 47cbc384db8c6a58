/** Every bound of the stream lane, in one place. */
import type { Backoff } from "@trilane/write-through";

export interface ConsumeLimits {
  /** Records that go to the writer in one call. */
  readonly pieceRecordsMax: number;
  /** Records that are taken from the source and not settled yet. */
  readonly windowRecordsMax: number;
  /** The bytes of their keys and values. */
  readonly windowBytesMax: number;
  /** Milliseconds that slices under way may take to finish after the signal. */
  readonly drainLimitMs: number;
  /** Milliseconds between two looks at the lag. */
  readonly lagIntervalMs: number;
  /** Milliseconds without any activity while records wait, after which the lane fails. */
  readonly stallLimitMs: number;
  /** Pauses between deliveries of a slice that failed. */
  readonly redelivery: Backoff;
}

export const consumeLimitsDefaults: ConsumeLimits = {
  pieceRecordsMax: 20_000,
  windowRecordsMax: 100_000,
  windowBytesMax: 64 * 1_024 * 1_024,
  drainLimitMs: 10_000,
  lagIntervalMs: 5_000,
  stallLimitMs: 180_000,
  redelivery: { baseMs: 1_000, maxMs: 30_000 },
};
