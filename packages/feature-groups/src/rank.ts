/** Where a record stands among those of its key, without its features. */

/** The start of a record's version, and its key. */
export interface Rank {
  readonly key: string;
  readonly eventTimeUs: number;
  readonly sequence: bigint;
}

/** A rank as far as the bytes of a record tell it, whatever the time of day is when it is written. */
export interface ScannedRank {
  readonly key: string;
  /** Null for a group that takes the time from the source. */
  readonly eventTimeUs: number | null;
  readonly sequence: bigint;
}
