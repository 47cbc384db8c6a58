/** Rows of an object, some at a time: those for the writer, and those that are no rows, with their places. */
import type { DeadLetter } from "@trilane/lane-kit";

export interface RowPosition {
  /** From 1; the row of a Parquet object, the line of a text. Of a range: counted from its start. */
  readonly row: number;
  /** Where the line begins in the object, where that is known. */
  readonly byteOffset?: number;
}

/** A row that cannot be read as a record by itself, while its neighbours can. */
export interface BadRow extends DeadLetter<RowPosition> {
  readonly reason: BadRowReason;
}

/** Beside the reasons of `DEAD_REASONS`, which are about records; never renamed. */
export type BadRowReason = "invalid-json" | "invalid-utf8" | "wrong-column-count";

export interface RowSlice {
  readonly inputs: readonly unknown[];
  /** The place of an input, by its index. */
  readonly positionOf: (index: number) => RowPosition;
  /**
   * Where an input stands in its object, by its index; it rises through the object, whatever its work
   * units: the row of a Parquet object, the byte of a decompressed text behind which the row begins.
   */
  readonly orderOf: (index: number) => number;
  readonly bad: readonly BadRow[];
}
