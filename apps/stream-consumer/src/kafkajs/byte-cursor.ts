/**
 * Reads Kafka's primitive types from bytes that may be damaged. A value beyond
 * the end, or one with an impossible length, is a RangeError.
 */
const INT16_BYTES = 2;
const INT32_BYTES = 4;
const INT64_BYTES = 8;
const VARINT_BYTES_MAX = 5;
const VARLONG_BYTES_MAX = 10;
/** So many times seven bits are exact in a double. */
const VARLONG_BYTES_EXACT = 7;

export class ByteCursor {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get all(): Buffer {
    return this.#bytes;
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** @throws RangeError beyond the end or before the beginning */
  moveTo(at: number): void {
    if (at < 0 || at > this.#bytes.length) throw new RangeError(`byte ${at} of ${this.#bytes.length} is asked for`);
    this.#at = at;
  }

  skip(count: number): void {
    this.moveTo(this.#at + count);
  }

  int8(): number {
    this.skip(1);
    return this.#bytes.readInt8(this.#at - 1);
  }

  int16(): number {
    this.skip(INT16_BYTES);
    return this.#bytes.readInt16BE(this.#at - INT16_BYTES);
  }

  int32(): number {
    this.skip(INT32_BYTES);
    return this.#bytes.readInt32BE(this.#at - INT32_BYTES);
  }

  int64(): bigint {
    this.skip(INT64_BYTES);
    return this.#bytes.readBigInt64BE(this.#at - INT64_BYTES);
  }

  /** Seven bits per byte, the lowest first, without a sign. */
  unsignedVarint(): number {
    let value = 0;
    for (let index = 0; index < VARINT_BYTES_MAX; index += 1) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    throw new RangeError(`a number at byte ${this.#at} is longer than ${VARINT_BYTES_MAX} bytes`);
  }

  /** Zigzag: the lowest bit is the sign. */
  varint(): number {
    const value = this.unsignedVarint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A number of up to 64 bits, in zigzag; beyond 2^53 the nearest. */
  varlong(): number {
    const start = this.#at;
    let value = 0;
    for (let index = 0; index < VARLONG_BYTES_MAX; index += 1) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte >= 0x80) continue;
      if (index >= VARLONG_BYTES_EXACT) return this.#exactVarlong(start);
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw new RangeError(`a number at byte ${start} is longer than ${VARLONG_BYTES_MAX} bytes`);
  }

  /** Returns a view of the bytes and not a copy. */
  bytes(count: number): Buffer {
    this.skip(count);
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** A text that follows a length of two bytes. */
  text(): string {
    return this.bytes(Math.max(0, this.int16())).toString("utf8");
  }

  /** Bytes that follow a length as a varint; null where the length is negative. */
  sizedBytes(): Buffer | null {
    const count = this.varint();
    return count < 0 ? null : this.bytes(count);
  }

  #exactVarlong(start: number): number {
    let value = 0n;
    for (let at = start; at < this.#at; at += 1) {
      value |= BigInt(this.#bytes.readUInt8(at) & 0x7f) << BigInt(7 * (at - start));
    }
    return Number(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)));
  }

  /** It is asked for the most, so it looks at its bound itself. */
  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new RangeError(`byte ${this.#at} of ${this.#bytes.length} is asked for`);
    this.#at += 1;
    return byte;
  }
}
