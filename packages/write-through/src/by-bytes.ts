/**
 * Cuts calls by bytes, so that on a slow link each has a chance to end within
 * its time. What is sent has a known size. What will be answered has not: it is
 * guessed from what came lately, and by how much did not come in time.
 */

/** Bytes of one call, either way: a third of a second at 25 Mbit/s. One value that is larger is a call of its own. */
export const CALL_BYTES_MAX = 1_048_576;

export interface Cut<Item> {
  readonly countMax: number;
  readonly bytesOf: (item: Item) => number;
  readonly bytesMax?: number;
}

/** In order, each of at most `countMax` items and, but for single ones, `bytesMax` bytes. */
export function cutByBytes<Item>(
  items: readonly Item[],
  { countMax, bytesOf, bytesMax = CALL_BYTES_MAX }: Cut<Item>,
): readonly (readonly Item[])[] {
  const chunks: Item[][] = [];
  let bytes = 0;
  for (const item of items) {
    const more = bytesOf(item);
    const last = chunks.at(-1);
    if (last === undefined || last.length >= countMax || bytes + more > bytesMax) {
      chunks.push([item]);
      bytes = more;
    } else {
      last.push(item);
      bytes += more;
    }
  }
  return chunks;
}

/** Bytes of a value before any came. */
const BYTES_AT_START = 16_384;
/** What is left of the largest seen when a call brings only smaller ones. */
const DECAY = 0.9;
const BYTES_MAX = CALL_BYTES_MAX;

/** How large a value may be expected to be: the largest that came lately. */
export class ValueSizes {
  #bytes = BYTES_AT_START;

  get bytesEach(): number {
    return this.#bytes;
  }

  /** How many values one call may ask for. */
  countMax(limit: number): number {
    return Math.max(1, Math.min(limit, Math.floor(CALL_BYTES_MAX / this.#bytes)));
  }

  /** One call's largest value. */
  saw(largestBytes: number): void {
    this.#bytes = Math.max(1, largestBytes, this.#bytes * DECAY);
  }

  /** A call for so many values did not end in time: the next one asks for a quarter as many. */
  wereLate(count: number): void {
    this.#bytes = Math.min(BYTES_MAX, Math.max(this.#bytes, (4 * CALL_BYTES_MAX) / count));
  }
}
