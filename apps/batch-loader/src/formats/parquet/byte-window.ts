/**
 * Moves through a range of an object's bytes and holds a part of them, so the
 * bytes that are read ahead are bounded, however long the range is. Bytes that
 * were taken stay valid, since each part has memory of its own.
 */
import type { ByteRange } from "../byte-range.ts";

export type ReadRange = (range: ByteRange) => Promise<Uint8Array<ArrayBuffer>>;

export class ByteWindow {
  readonly #read: ReadRange;
  readonly #end: number;
  readonly #windowBytes: number;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array();
  /** The position in the object where `#bytes` begin. */
  #start: number;

  constructor(options: { readonly read: ReadRange; readonly range: ByteRange; readonly windowBytes: number }) {
    this.#read = options.read;
    this.#start = options.range.start;
    this.#end = options.range.end;
    this.#windowBytes = options.windowBytes;
  }

  /** The position of the next byte in the object. */
  get position(): number {
    return this.#start;
  }

  /** The number of bytes that are held now. */
  get held(): number {
    return this.#bytes.length;
  }

  /** The number of bytes up to the end of the range. */
  get left(): number {
    return this.#end - this.#start;
  }

  /** The next bytes, which stay in the window: at least as many as requested, or all that are left. */
  async peek(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const wanted = Math.min(length, this.left);
    if (this.#bytes.length < wanted) {
      const held = this.#bytes;
      const start = this.#start + held.length;
      const more = await this.#read({
        start,
        end: Math.min(this.#end, Math.max(this.#start + wanted, start + this.#windowBytes)),
      });
      this.#bytes = held.length === 0 ? more : new Uint8Array(Buffer.concat([held, more]));
    }
    return this.#bytes;
  }

  /** The next bytes, exactly as many as requested; null where fewer are left. */
  async take(length: number): Promise<Uint8Array<ArrayBuffer> | null> {
    if (length > this.left) return null;
    const bytes = (await this.peek(length)).subarray(0, length);
    this.skip(length);
    return bytes;
  }

  /** Steps over bytes that `peek` has given. */
  skip(length: number): void {
    this.#bytes = this.#bytes.subarray(length);
    this.#start += length;
  }
}
