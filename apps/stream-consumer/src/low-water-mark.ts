/**
 * The contiguous low-water mark of one partition: the offset below which
 * every record has its receipt. Pieces of the partition are begun in order and
 * settled in any order; the mark moves over settled pieces only as far as
 * nothing unsettled lies before. Only the mark is ever committed.
 *
 * A piece that begins elsewhere than where the last one ended is a redelivery
 * or a rebalance: the mark starts again there, and pieces begun before count
 * no more.
 */

/** One piece under way. */
export interface Piece {
  readonly startOffset: bigint;
  readonly endOffset: bigint;
}

interface Entry extends Piece {
  isSettled: boolean;
}

export class LowWaterMark {
  #pieces: Entry[] = [];
  #mark: bigint | null = null;
  #end: bigint | null = null;

  /** Everything below has its receipt; null before the first piece. */
  get offset(): bigint | null {
    return this.#mark;
  }

  begin(startOffset: bigint, endOffset: bigint): Piece {
    if (endOffset <= startOffset)
      throw new RangeError(`a piece ends at ${endOffset}, before it starts at ${startOffset}`);
    if (this.#end === null || startOffset < this.#end) {
      this.#pieces = [];
      this.#mark = startOffset;
    }
    const piece: Entry = { startOffset, endOffset, isSettled: false };
    this.#pieces.push(piece);
    this.#end = endOffset;
    return piece;
  }

  /** The offset to commit now, or null where the mark has not moved. */
  settle(piece: Piece): bigint | null {
    const own = this.#pieces.find((entry) => entry === piece);
    if (own === undefined) return null;
    own.isSettled = true;
    let moved: bigint | null = null;
    for (let first = this.#pieces[0]; first?.isSettled === true; first = this.#pieces[0]) {
      moved = first.endOffset;
      this.#pieces.shift();
    }
    if (moved !== null) this.#mark = moved;
    return moved;
  }
}
