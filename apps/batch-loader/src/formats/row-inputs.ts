/**
 * The inputs of a slice. A row that was ranked by its bytes is read each time
 * that its input is asked for: most rows lose to another one of their slice,
 * and are never asked for.
 */
import type { ScannedRank } from "@trilane/feature-groups";

export interface RowInputs {
  readonly length: number;
  at(index: number): unknown;
  /** The rank of a row that was not read yet; null for one that was. */
  rankOf?(index: number): ScannedRank | null;
}

export class RankedRow {
  readonly rank: ScannedRank;
  readonly #bytes: Buffer;
  readonly #from: number;
  readonly #end: number;

  /** The row lies in ASCII from `from` up to `end` of the bytes, which nobody changes. */
  constructor(rank: ScannedRank, bytes: Buffer, from: number, end: number) {
    this.rank = rank;
    this.#bytes = bytes;
    this.#from = from;
    this.#end = end;
  }

  get text(): string {
    return this.#bytes.toString("latin1", this.#from, this.#end);
  }
}

export class RankedInputs implements RowInputs {
  readonly #rows: readonly unknown[];
  readonly #read: (text: string) => unknown;

  /** The inputs are as they are, except for ranked rows, of whose texts `read` makes them. */
  constructor(rows: readonly unknown[], read: (text: string) => unknown) {
    this.#rows = rows;
    this.#read = read;
  }

  get length(): number {
    return this.#rows.length;
  }

  at(index: number): unknown {
    const row = this.#rows[index];
    return row instanceof RankedRow ? this.#read(row.text) : row;
  }

  rankOf(index: number): ScannedRank | null {
    const row = this.#rows[index];
    return row instanceof RankedRow ? row.rank : null;
  }
}
