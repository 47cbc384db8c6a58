/**
 * Reads values of Thrift's compact protocol, in which Parquet writes its footer
 * and the headers of its pages. Fields that nobody needs are skipped, and a
 * stated length costs no memory or time beyond the bytes that exist.
 */

export const STOP = 0;
export const TRUE = 1;
export const FALSE = 2;
export const BINARY = 8;
export const LIST = 9;
export const STRUCT = 12;

const BYTE = 3;
const INTEGER_MIN = 4;
const INTEGER_MAX = 6;
const DOUBLE = 7;
const SET = 10;
const DOUBLE_BYTES = 8;
const LONG_LIST = 15;
const VARINT_BYTES_MAX = 10;
const DEPTH_MAX = 16;

/** The bytes end within a value. */
export class CutOffError extends RangeError {
  override readonly name = "CutOffError";
}

export class CompactReader {
  offset = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** `visit` reads or skips the field's value. */
  eachField(visit: (field: number, type: number) => void): void {
    let field = 0;
    for (let head = this.fieldHead(); head.type !== STOP; head = this.fieldHead()) {
      field = head.isWhole ? head.number : field + head.number;
      visit(field, head.type);
    }
  }

  /** The head of a field. Its number counts from the field before, unless it is whole. */
  fieldHead(): { readonly type: number; readonly number: number; readonly isWhole: boolean } {
    const head = this.#byte();
    const type = head & 0x0f;
    const delta = head >> 4;
    const isWhole = type !== STOP && delta === 0;
    return { type, number: isWhole ? this.integer() : delta, isWhole };
  }

  listHead(): { readonly type: number; readonly length: number } {
    const head = this.#byte();
    const short = head >> 4;
    const type = head & 0x0f;
    // In a list a boolean takes a byte.
    return { type: type < BYTE ? BYTE : type, length: short === LONG_LIST ? this.#varint() : short };
  }

  isInteger(type: number): boolean {
    return type >= INTEGER_MIN && type <= INTEGER_MAX;
  }

  binary(): Uint8Array {
    const length = this.#varint();
    const start = this.offset;
    this.offset += length;
    if (this.offset > this.#bytes.length) throw new CutOffError("a text is cut off");
    return this.#bytes.subarray(start, this.offset);
  }

  /** A zigzag integer; exact up to 53 bits. */
  integer(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  skip(type: number, depth = 0): void {
    if (depth > DEPTH_MAX)
      throw new RangeError(`what begins at byte ${this.offset} is nested too deep for a page header`);
    if (type < BYTE) return;
    if (type === BYTE) this.offset += 1;
    else if (type <= INTEGER_MAX) this.#varint();
    else if (type === DOUBLE) this.offset += DOUBLE_BYTES;
    else if (type === BINARY) this.#skipBytes();
    else if (type === LIST || type === SET) this.#skipList(depth);
    else if (type === STRUCT) this.eachField((_, inner) => this.skip(inner, depth + 1));
    else throw new RangeError(`there is no page header at byte ${this.offset}`);
    if (this.offset > this.#bytes.length) throw new CutOffError("a page header is cut off");
  }

  #skipBytes(): void {
    const length = this.#varint();
    this.offset += length;
  }

  #skipList(depth: number): void {
    const { type, length } = this.listHead();
    for (let index = 0; index < length; index += 1) this.skip(type, depth + 1);
  }

  #varint(): number {
    let value = 0;
    for (let index = 0; index < VARINT_BYTES_MAX; index += 1) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    throw new RangeError(`there is no page header at byte ${this.offset}`);
  }

  #byte(): number {
    const byte = this.#bytes[this.offset];
    if (byte === undefined) throw new CutOffError("a page header is cut off");
    this.offset += 1;
    return byte;
  }
}
