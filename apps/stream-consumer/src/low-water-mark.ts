/**
 * The contiguous low-water mark of one slice: the offset below which every
 * record of it has its receipt. Pieces of the slice are begun in order and
 * settled in any order. The mark moves over settled pieces only as far as no
 * unsettled piece lies before. Only the mark is ever committed.
 *
 * Each slice has a mark of its own. A piece that was never settled is delivered
 * again in a later slice, to this process or to another one, and nothing of the
 * earlier slice may hold that slice back.
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
  readonly #pieces: Entry[] = [];

  /** @throws RangeError for a piece that ends before it starts, or that starts before the last one ended */
  begin(startOffset: bigint, endOffset: bigint): Piece {
    if (endOffset <= startOffset) {
      throw new RangeError(`a piece ends at ${endOffset}, before it starts at ${startOffset}`);
    }
    const last = this.#pieces.at(-1);
    if (last !== undefined && startOffset < last.endOffset) {
      throw new RangeError(`a piece starts at ${startOffset}, before the last one ended at ${last.endOffset}`);
    }
    const piece: Entry = { startOffset, endOffset, isSettled: false };
    this.#pieces.push(piece);
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
    return moved;
  }
}
