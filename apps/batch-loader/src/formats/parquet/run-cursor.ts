/**
 * Reads the values of Parquet's runs, some at a time: levels and dictionary
 * indices. A run of a few bytes may hold millions of values, so they are not
 * all made at once.
 */
import { runAt } from "./page-runs.ts";

const BYTE_BITS = 8;

export class RunCursor {
  readonly #page: Uint8Array;
  readonly #bitWidth: number;
  /** The position of the next run. */
  #at: number;
  /** How many values of the current run are not yet taken. */
  #left = 0;
  /** The value that a run repeats; null for a run of packed values. */
  #repeated: number | null = null;
  /** The position of the next packed value, in bits from the page's start. */
  #bit = 0;

  constructor(page: Uint8Array, { offset, bitWidth }: { readonly offset: number; readonly bitWidth: number }) {
    this.#page = page;
    this.#at = offset;
    this.#bitWidth = bitWidth;
  }

  /** @throws RangeError when the page ends before */
  take(count: number): number[] {
    const values = new Array<number>(count).fill(0);
    if (this.#bitWidth === 0) return values;
    for (let seen = 0; seen < count;) {
      while (this.#left === 0) this.#openRun();
      const end = seen + Math.min(this.#left, count - seen);
      this.#left -= end - seen;
      if (this.#repeated !== null) values.fill(this.#repeated, seen, end);
      else for (let index = seen; index < end; index += 1) values[index] = this.#packed();
      seen = end;
    }
    return values;
  }

  #openRun(): void {
    const { isPacked, count, end } = runAt(this.#page, this.#at, this.#bitWidth);
    const bytes = isPacked ? (count / BYTE_BITS) * this.#bitWidth : Math.ceil(this.#bitWidth / BYTE_BITS);
    this.#bit = (end - bytes) * BYTE_BITS;
    this.#left = count;
    this.#repeated = isPacked ? null : this.#bits(bytes * BYTE_BITS);
    this.#at = end;
  }

  #packed(): number {
    return this.#bits(this.#bitWidth);
  }

  /** The next bits as a number, the lowest first. */
  #bits(width: number): number {
    let value = 0;
    for (let got = 0; got < width;) {
      const byte = this.#page[Math.floor(this.#bit / BYTE_BITS)];
      if (byte === undefined) throw new RangeError("a page ends within its values");
      const from = this.#bit % BYTE_BITS;
      const taken = Math.min(BYTE_BITS - from, width - got);
      value += ((byte >>> from) & ((1 << taken) - 1)) * 2 ** got;
      got += taken;
      this.#bit += taken;
    }
    return value;
  }
}
