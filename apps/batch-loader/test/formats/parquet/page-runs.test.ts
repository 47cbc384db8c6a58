import { describe, expect, test } from "vitest";
import { checkPageRuns } from "../../../src/formats/parquet/page-runs.ts";

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))];
}

/** A run of equal values, of one bit or of eight. */
const equal = (count: number, value = 1): number[] => [...varint(count * 2), value];
/** So many groups of eight values of one bit. */
const packed = (groups: number): number[] => [...varint(groups * 2 + 1), ...new Array<number>(groups).fill(0xff)];
const withLength = (bytes: readonly number[]): number[] => [bytes.length, 0, 0, 0, ...bytes];

function check(values: number, page: readonly number[], more: { encoding?: string; definition?: number } = {}): void {
  const { encoding = "RLE_DICTIONARY", definition = 1 } = more;
  const header = {
    num_values: values,
    encoding,
    definition_level_encoding: "RLE",
    repetition_level_encoding: "RLE",
  };
  const plain = { header: { data_page_header: header }, page: new Uint8Array(page) };
  const levels = { repetition: 0, definition };
  checkPageRuns(plain as never, { levels, type: "BYTE_ARRAY", bytesMax: 1_000 });
}

describe("checkPageRuns", () => {
  test("accepts runs that end with the page's values, and a last group that is filled up", () => {
    check(20, [...withLength(equal(20)), 8, ...equal(20)]);
    check(20, [...withLength([...packed(2), ...equal(4)]), 1, ...packed(3)]);
    check(20, [...withLength(packed(3)), 8, ...equal(3)]);
  });

  test("refuses levels of two billion values in a page of twenty, before anything is allocated for them", () => {
    const billions = 2 ** 31 - 1;
    const levels = withLength(equal(billions));
    expect(() => check(20, levels)).toThrow(`a run of ${billions} values stands in a page of 20`);
    const indices = [...withLength(equal(20)), 8, ...equal(billions)];
    expect(() => check(20, indices)).toThrow(`a run of ${billions} values stands in a page of 20`);
    expect(() => check(20, [...withLength(equal(20)), 0x00, ...varint(2 ** 31 - 1)])).toThrow("stands in a page of 20");
  });

  test("refuses levels that end too early, and bits that no value has", () => {
    expect(() => check(20, [...withLength(equal(19))])).toThrow("a page ends within its levels");
    expect(() => check(20, [...withLength(equal(20)), 33, ...equal(20)])).toThrow("packs values into 33 bits");
  });

  test("refuses texts that repeat their beginning into more than a page", () => {
    // Blocks of 128 values in 4 miniblocks: the first value, then one difference for all.
    const lengths = (first: number, delta: number) => [
      ...varint(128),
      4,
      3,
      ...varint(first * 2),
      ...varint(delta * 2),
      0,
      0,
      0,
      0,
    ];
    const options = { encoding: "DELTA_BYTE_ARRAY", definition: 0 };
    check(3, [...lengths(0, 2), ...lengths(2, 2)], options);
    expect(() => check(3, [...lengths(0, 0), ...lengths(900, 0)], options)).toThrow(
      "the texts of a page take 2700 bytes",
    );
  });
});
