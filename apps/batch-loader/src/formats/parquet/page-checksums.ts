/**
 * Verifies the checksums of a Parquet column chunk's pages, where the writer
 * put any: the library reads over them, and an uncompressed or Snappy page can
 * be damaged without anything else noticing.
 *
 * A page is a header in Thrift's compact protocol, then its bytes. Of the
 * header only two fields matter here; the rest is stepped over.
 */
import { crc32 } from "node:zlib";

const BYTE_LENGTH_FIELD = 3;
const CRC_FIELD = 4;

const STOP = 0;
const BYTE = 3;
const INTEGER_MIN = 4;
const INTEGER_MAX = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const SET = 10;
const STRUCT = 12;
const DOUBLE_BYTES = 8;
const LONG_LIST = 15;
const VARINT_BYTES_MAX = 10;

/**
 * Bytes that do not read as pages end the walk: some writers count a chunk's size wrongly, and whether
 * all rows are there is verified when they are decoded.
 * @throws RangeError for a page that differs from its checksum.
 */
export function verifyPageChecksums(chunk: Uint8Array): void {
  const reader = new CompactReader(chunk);
  while (reader.offset < chunk.length) {
    const at = reader.offset;
    const header = readPageHeader(reader);
    if (header === null) return;
    const end = reader.offset + header.byteLength;
    if (header.byteLength < 0 || end > chunk.length) return;
    if (header.checksum !== null && crc32(chunk.subarray(reader.offset, end)) !== header.checksum >>> 0) {
      throw new RangeError(`the page at byte ${at} of its column differs from its checksum`);
    }
    reader.offset = end;
  }
}

interface PageHeader {
  readonly byteLength: number;
  /** As a signed integer. */
  readonly checksum: number | null;
}

function readPageHeader(reader: CompactReader): PageHeader | null {
  let byteLength = -1;
  let checksum: number | null = null;
  try {
    reader.eachField((field, type) => {
      const isInteger = type >= INTEGER_MIN && type <= INTEGER_MAX;
      if (isInteger && field === BYTE_LENGTH_FIELD) byteLength = reader.integer();
      else if (isInteger && field === CRC_FIELD) checksum = reader.integer();
      else reader.skip(type);
    });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  return { byteLength, checksum };
}

class CompactReader {
  offset = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** `visit` reads or skips the field's value. */
  eachField(visit: (field: number, type: number) => void): void {
    let field = 0;
    for (let head = this.#byte(); head !== STOP; head = this.#byte()) {
      const delta = head >> 4;
      field = delta === 0 ? this.integer() : field + delta;
      visit(field, head & 0x0f);
    }
  }

  /** A zigzag integer; exact up to 53 bits. */
  integer(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  skip(type: number): void {
    if (type < BYTE) return;
    if (type === BYTE) this.offset += 1;
    else if (type <= INTEGER_MAX) this.#varint();
    else if (type === DOUBLE) this.offset += DOUBLE_BYTES;
    else if (type === BINARY) this.#skipBytes();
    else if (type === LIST || type === SET) this.#skipList();
    else if (type === STRUCT) this.eachField((_, inner) => this.skip(inner));
    else throw new RangeError(`there is no page header at byte ${this.offset}`);
  }

  #skipBytes(): void {
    const length = this.#varint();
    this.offset += length;
  }

  #skipList(): void {
    const head = this.#byte();
    const short = head >> 4;
    const length = short === LONG_LIST ? this.#varint() : short;
    const type = head & 0x0f;
    // In a list a truth value takes a byte.
    for (let index = 0; index < length; index += 1) this.skip(type < BYTE ? BYTE : type);
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
    if (byte === undefined) throw new RangeError("a page header is cut off");
    this.offset += 1;
    return byte;
  }
}
