/** Gathers rows into slices that are bounded in rows and in bytes. */
import type { RowSlice } from "../row-slice.ts";

export interface SliceLimits {
  readonly recordsPerSlice: number;
  /** A slice ends with the row that reaches it. */
  readonly sliceBytesMax: number;
}

/** About how many bytes a number, a time or a boolean takes, and any value in addition to its content. */
const VALUE_BYTES = 16;

export class RowGatherer {
  readonly #limits: SliceLimits;
  #rows: object[] = [];
  #bytes = 0;
  #firstRow = 0;

  constructor(limits: SliceLimits) {
    this.#limits = limits;
  }

  /** Takes rows, of which the first has the number `firstRow`, from 0; returns the slices that are full. */
  *add(rows: readonly object[], firstRow: number): Generator<RowSlice, void> {
    if (firstRow !== this.#firstRow + this.#rows.length) yield* this.rest();
    if (this.#rows.length === 0) this.#firstRow = firstRow;
    for (const row of rows) {
      this.#rows.push(row);
      this.#bytes += roughBytesOf(row);
      const { recordsPerSlice, sliceBytesMax } = this.#limits;
      if (this.#rows.length >= recordsPerSlice || this.#bytes >= sliceBytesMax) yield* this.rest();
    }
  }

  /** The remaining rows, if there are any. */
  *rest(): Generator<RowSlice, void> {
    const inputs = this.#rows;
    const firstRow = this.#firstRow;
    this.#rows = [];
    this.#bytes = 0;
    this.#firstRow = firstRow + inputs.length;
    if (inputs.length > 0) yield sliceOf(inputs, firstRow);
  }
}

function sliceOf(inputs: readonly object[], firstRow: number): RowSlice {
  const rowOf = (index: number): number => firstRow + index + 1;
  return { inputs, positionOf: (index) => ({ row: rowOf(index) }), orderOf: rowOf, bad: [] };
}

/** Two rows may share a text in memory, but the records made from them do not. */
function roughBytesOf(value: unknown): number {
  if (typeof value === "string") return VALUE_BYTES + value.length;
  if (value instanceof Uint8Array) return VALUE_BYTES + value.length;
  if (typeof value !== "object" || value === null) return VALUE_BYTES;
  let bytes = VALUE_BYTES;
  for (const inner of Object.values(value)) bytes += roughBytesOf(inner);
  return bytes;
}
