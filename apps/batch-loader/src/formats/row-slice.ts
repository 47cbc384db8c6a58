/**
 * Some rows of an object: those for the writer, and those that cannot be read
 * as rows, with their places.
 */
import type { DeadLetter } from "@trilane/lane-kit";
import type { RowInputs } from "./row-inputs.ts";

export interface RowPosition {
  /** The row of a Parquet object, or the line of a text, from 1; for a range, counted from its start. */
  readonly row: number;
  /** The position in the object where the line begins, if it is known. */
  readonly byteOffset?: number;
}

/** A row that cannot be read as a record, while its neighbours can. */
export interface BadRow extends DeadLetter<RowPosition> {
  readonly reason: BadRowReason;
}

/** These reasons are never renamed. Those of `DEAD_REASONS` are about records. */
export type BadRowReason = "invalid-json" | "invalid-utf8" | "wrong-column-count";

export interface RowSlice {
  readonly inputs: RowInputs;
  /** The place of an input, by its index. */
  readonly positionOf: (index: number) => RowPosition;
  /**
   * The position of an input in its object, by its index. It rises through the object, whatever its work units: the row
   * of a Parquet object, or the byte of a decompressed text after which the row begins.
   */
  readonly orderOf: (index: number) => number;
  readonly bad: readonly BadRow[];
}
