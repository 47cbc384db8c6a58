/**
 * Limits the bytes that are under way on one connection. Replies come one after
 * the other, so a command behind many large ones would wait for all of them,
 * and its time would be over before its turn. A command that waits here has not
 * been sent.
 */

/** A command of fewer bytes never waits, because a fence must not stand behind a scan. */
const SMALL_BYTES = 16_384;

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
