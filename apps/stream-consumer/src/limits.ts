/** Every bound of the stream lane, in one place. */
import type { Backoff } from "@trilane/write-through";

export interface ConsumeLimits {
  /** Records of a slice that are handled together. */
  readonly pieceRecordsMax: number;
  /** Calls of the writer under way; further pieces are checked meanwhile and go together. */
  readonly callsMax: number;
  /** Records of a call that goes beside another one. */
  readonly besideRecordsMax: number;
  /** Records of a call that begins although further pieces have come already. */
  readonly enoughRecords: number;
  /** Records of pieces that go to the writer together. */
  readonly callRecordsMax: number;
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
  callsMax: 2,
  besideRecordsMax: 1_000,
  enoughRecords: 150_000,
  callRecordsMax: 150_000,
  windowRecordsMax: 300_000,
  windowBytesMax: 64 * 1_024 * 1_024,
  drainLimitMs: 10_000,
  lagIntervalMs: 5_000,
  stallLimitMs: 180_000,
  redelivery: { baseMs: 1_000, maxMs: 30_000 },
};
