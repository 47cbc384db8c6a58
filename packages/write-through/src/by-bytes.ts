/**
 * Bounds calls by bytes, so that each call can end within its time on a slow
 * link: calls are cut, and those under way on one connection are limited. The
 * size of a request is known. The size of an answer is not: it is estimated from
 * the latest answers, and is corrected when an answer comes too late.
 */

/**
 * Bytes of one call in either direction: a third of a second at 25 Mbit/s. A single larger value is a call of its own.
 */
export const CALL_BYTES_MAX = 1_048_576;

export interface Cut<Item> {
  readonly countMax: number;
  readonly bytesOf: (item: Item) => number;
  readonly bytesMax?: number;
}

/**
 * The items in order, in pieces of at most `countMax` items and `bytesMax` bytes; a single item may have more bytes.
 */
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

/** The estimated bytes of a value before the first one has come. */
const BYTES_AT_START = 16_384;
/** A call that brings only smaller values lowers the estimate to this share of it. */
const DECAY = 0.9;
const BYTES_MAX = CALL_BYTES_MAX;

/** Estimates how large a value may be: as large as the largest that came lately. */
export class ValueSizes {
  #bytes = BYTES_AT_START;

  get bytesEach(): number {
    return this.#bytes;
  }

  /** How many values one call may ask for. */
  countMax(limit: number): number {
    return Math.max(1, Math.min(limit, Math.floor(CALL_BYTES_MAX / this.#bytes)));
  }

  /** Takes the size of one call's largest value. */
  saw(largestBytes: number): void {
    this.#bytes = Math.max(1, largestBytes, this.#bytes * DECAY);
  }

  /** A call for `count` values did not end in time, so the next one asks for a quarter as many. */
  wereLate(count: number): void {
    this.#bytes = Math.min(BYTES_MAX, Math.max(this.#bytes, (4 * CALL_BYTES_MAX) / count));
  }
}

/** A command of fewer bytes never waits, because a fence must not stand behind a scan. */
const SMALL_BYTES = 16_384;

/**
 * Limits the bytes that are under way on one connection. Replies come one after the other, so a command behind many
 * large ones would wait for all of them, and its time would be over before its turn. A command that waits here has not
 * been sent.
 */
export class ByteBudget {
  readonly #bytesMax: number;
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = [];
  #underWay = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /**
   * Calls `send`, which sends and waits for so many bytes, once there is room. Calls keep their order, except for small
   * ones.
   */
  async run<Result>(bytes: number, send: () => Promise<Result>): Promise<Result> {
    if (bytes > SMALL_BYTES && !(this.#waiting.length === 0 && this.#hasRoom(bytes))) {
      await new Promise<void>((go) => this.#waiting.push({ bytes, go }));
    } else this.#underWay += bytes;
    try {
      return await send();
    } finally {
      this.#underWay -= bytes;
      this.#wake();
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#underWay === 0 || this.#underWay + bytes <= this.#bytesMax;
  }

  /** A caller that is woken already has its share of the bytes. */
  #wake(): void {
    for (let first = this.#waiting[0]; first !== undefined && this.#hasRoom(first.bytes); first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#underWay += first.bytes;
      first.go();
    }
  }
}
