import { describe, expect, test } from "vitest";
import { checkPageClaims, readPageHead } from "../../../src/formats/parquet/page-header.ts";

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))];
}

function zigzag(value: number): number[] {
  return varint(value < 0 ? -value * 2 - 1 : value * 2);
}

/** A data page's header in Parquet's form: type, both sizes, a checksum, an inner header with statistics, a list. */
function head(values: number, bytes = 100): Uint8Array {
  const crc = [0x15, ...zigzag(-5)];
  const statistics = [0x1c, 0x18, ...varint(3), 0xff, 0xff, 0xff, 0x16, ...zigzag(-7), 0x11, 0x00];
  const encodings = [0x15, ...zigzag(8), 0x15, ...zigzag(3), 0x15, ...zigzag(3)];
  const inner = [0x1c, 0x15, ...zigzag(values), ...encodings, ...statistics, 0x00];
  const list = [0x49, 0x35, ...zigzag(1), ...zigzag(300), ...zigzag(-2)];
  return new Uint8Array([
    0x15,
    ...zigzag(0),
    0x15,
    ...zigzag(bytes),
    0x15,
    ...zigzag(40),
    ...crc,
    ...inner,
    ...list,
    0,
  ]);
}

const limits = { parquetPageBytesMax: 1_000, parquetPageValuesMax: 1_000 };

describe("readPageHead", () => {
  test("reads what counts and steps over the rest", () => {
    const bytes = head(10);
    expect(readPageHead(Buffer.concat([bytes, Buffer.alloc(50, 0xff)]))).toEqual({
      length: bytes.length,
      header: {
        type: "DATA_PAGE",
        uncompressed_page_size: 100,
        compressed_page_size: 40,
        crc: -5,
        data_page_header: {
          num_values: 10,
          encoding: "RLE_DICTIONARY",
          definition_level_encoding: "RLE",
          repetition_level_encoding: "RLE",
        },
      },
    });
  });

  test("says of every beginning of a header that it is cut off", () => {
    const bytes = head(10);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(readPageHead(bytes.subarray(0, length)), String(length)).toBeNull();
    }
  });

  test("refuses what is no header, and lists that claim billions, at once", () => {
    expect(() => readPageHead(new Uint8Array(50).fill(0xff))).toThrow(RangeError);
    // A list of 2^31 booleans, and a list of structures within structures.
    const list = new Uint8Array([0x19, 0xf1, ...varint(2 ** 31), ...new Uint8Array(1_000)]);
    expect(readPageHead(list)).toBeNull();
    expect(() => readPageHead(new Uint8Array(10_000).fill(0x9c))).toThrow(RangeError);
  });

  test("refuses a page that claims a billion values, or more bytes than a page may have", () => {
    const claims = (values: number, bytes?: number) => () => {
      const { header } = readPageHead(head(values, bytes)) ?? {};
      if (header !== undefined) checkPageClaims(header, limits);
    };
    expect(claims(1_000)).not.toThrow();
    expect(claims(1_000_000_000)).toThrow("a page of 1000000000 values is larger than the limit of 1000");
    expect(claims(10, 1_001)).toThrow("a page of 1001 bytes is larger than the limit of 1000");
    expect(claims(-1)).toThrow("impossible numbers");
  });
});
