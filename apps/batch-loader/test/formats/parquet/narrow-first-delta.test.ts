import { describe, expect, test } from "vitest";
import { narrowFirstDelta } from "../../../src/formats/parquet/narrow-first-delta.ts";

function varint(value: bigint): number[] {
  return value < 0x80n ? [Number(value)] : [Number(value & 0x7fn) | 0x80, ...varint(value >> 7n)];
}

/** Block size, miniblocks, number of values, then the first value in the form of many writers. */
function page(first: bigint): Uint8Array<ArrayBuffer> {
  const zigzag = (first << 1n) ^ (first >> 63n);
  return new Uint8Array([7, 7, ...varint(128n), 4, ...varint(300n), ...varint(zigzag), 9, 9]);
}

function narrowed(first: bigint, encoding = "DELTA_BINARY_PACKED"): readonly number[] {
  const bytes = page(first);
  narrowFirstDelta({ header: { data_page_header: { encoding } } as never, page: bytes }, 2);
  return [...bytes];
}

describe("narrowFirstDelta", () => {
  test("makes of a first value of 33 bits the same modulo 2^32, in as many bytes", () => {
    const wide = page(4_294_967_295n);
    const bytes = narrowed(4_294_967_295n);
    expect(bytes).toHaveLength(wide.length);
    // -1 is 4294967295 of 32 bits; zigzag makes 1 of it.
    expect(bytes.slice(0, 2 + 5)).toEqual([...wide].slice(0, 2 + 5));
    expect(bytes.slice(7)).toEqual([0x81, 0x80, 0x80, 0x80, 0x00, 9, 9]);
  });

  test("leaves values of 32 bits, and pages of another encoding", () => {
    for (const first of [0n, -1n, 5n, 2_147_483_647n, -2_147_483_648n])
      expect(narrowed(first)).toEqual([...page(first)]);
    expect(narrowed(4_294_967_295n, "PLAIN")).toEqual([...page(4_294_967_295n)]);
  });
});
