import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { partsOf, rangesOf } from "../../../src/formats/parquet/parts.ts";
import { bytesOfGroup, footerOf, readGroup } from "./read-group.ts";

const MIB = 1_048_576;

function write(options: Parameters<typeof parquetWriteBuffer>[0]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parquetWriteBuffer(options));
}

/** Texts that no dictionary holds, in pages of some dozens of rows. */
function texts(rows: number, name = "t"): { name: string; data: string[]; type: "STRING" } {
  return { name, data: Array.from({ length: rows }, (_, index) => `${index} ${"x".repeat(100)}`), type: "STRING" };
}

describe("parquetRows", () => {
  test("reads and decodes the columns of the record alone: an INTERVAL beside them blocks nothing", async () => {
    const file = write({
      columnData: [
        { name: "wide", data: [1, 2].map((byte) => new Uint8Array(12).fill(byte)) },
        { name: "n", data: [1, 2] },
      ] as never,
      schema: [
        { name: "root", num_children: 2 },
        {
          name: "wide",
          type: "FIXED_LEN_BYTE_ARRAY",
          type_length: 12,
          converted_type: "INTERVAL",
          repetition_type: "REQUIRED",
        },
        { name: "n", type: "INT32", repetition_type: "OPTIONAL" },
      ] as never,
      statistics: false,
    });
    expect((await readGroup(file, { columnsTaken: ["n"] })).inputs).toEqual([{ n: 1 }, { n: 2 }]);
    await expect(readGroup(file)).rejects.toThrow('the column "wide": parquet interval not supported');
  });

  test("reads a part of a large row group at a time, and gives its rows in slices bounded in bytes", async () => {
    const rows = 30_000;
    const columnData = [texts(rows), texts(rows, "other")];
    const file = write({ columnData, pageSize: 20_000, codec: "UNCOMPRESSED", rowGroupSize: rows });
    const reads: number[] = [];
    const { inputs, positions, slices } = await readGroup(file, {
      columnsTaken: ["t"],
      limits: { sliceBytesMax: 500_000, parquetReadAheadBytes: 1 },
      onRead: (start, end) => void reads.push(end - start),
    });
    expect(inputs).toEqual(columnData[0]?.data.map((t) => ({ t })));
    expect(positions.at(-1)).toEqual({ row: rows });
    expect(slices).toBeGreaterThan(5);
    expect(reads.length).toBeGreaterThan(5);
    expect(Math.max(...reads)).toBeLessThanOrEqual(262_144);
    expect(reads.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(file.length * 0.6);
  });

  test("lets others have their turn while a row group is decoded", async () => {
    const rows = 60_000;
    const columnData = Array.from({ length: 4 }, (_, index) => texts(rows, `t${index}`));
    const file = write({ columnData, pageSize: 50_000, rowGroupSize: rows });
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await readGroup(file);
    isOver = true;
    expect(turns).toBeGreaterThan(5);
  });

  test("refuses a page beyond the limits by name, and pages that take too much together", async () => {
    const file = write({ columnData: [texts(3_000)] });
    await expect(readGroup(file, { limits: { parquetPageValuesMax: 100 } })).rejects.toThrow(
      /row group 0 cannot be decoded \(the column "t": a page of 1000 values is larger than the limit of 100: write smaller pages\)/,
    );
    await expect(readGroup(file, { limits: { parquetPageBytesMax: 10_000 } })).rejects.toThrow(
      /a page of \d+ bytes is larger than the limit of 10000/,
    );
    await expect(readGroup(file, { limits: { parquetDecodedBytesMax: 10_000 } })).rejects.toThrow(
      /its pages take \d+ bytes together, at most 10000 fit/,
    );
  });

  test("gives the rows before the damage whole, and the other row groups", async () => {
    const file = write({ columnData: [texts(2_000)], pageSize: 20_000, codec: "UNCOMPRESSED", rowGroupSize: 2_000 });
    const { end } = await bytesOfGroup(file);
    // The last page of the row group: the length of a text within.
    file.fill(0xff, end - 2_000, end - 1_000);
    const given: unknown[] = [];
    const reading = readGroup(file, {
      limits: { recordsPerSlice: 1 },
      onSlice: ({ inputs }) => given.push(...(inputs as readonly unknown[])),
    });
    await expect(reading).rejects.toThrow("row group 0 cannot be decoded");
    expect(given.length).toBeGreaterThan(1_000);
    expect(given).toEqual(texts(given.length).data.map((t) => ({ t })));
  });
});

describe("partsOf", () => {
  const limits = { parquetPartBytesMax: 8 * MIB, parquetPartRowsMax: 50_000 };

  test("makes one part of thousands of row groups of one row, read at once", async () => {
    const file = write({ columnData: [texts(500), texts(500, "other")], rowGroupSize: 1, statistics: false });
    const footer = await footerOf(file, ["t"]);
    expect(footer.rowGroups).toHaveLength(500);
    expect(partsOf(footer, limits)).toEqual([{ start: 0, end: 500 }]);
    expect(rangesOf(footer.rowGroups)).toHaveLength(1);
  });

  test("cuts where a part would have too many rows or bytes", () => {
    const group = (index: number, rows: number, bytes: number) => ({
      index,
      rows,
      firstRow: 0,
      leaves: [[{ bytes: { start: index * 10 * MIB, end: index * 10 * MIB + bytes } }]],
    });
    const rowGroups = [
      group(0, 30_000, 10),
      group(1, 20_000, 10),
      group(2, 1, 10),
      group(3, 1, 9 * MIB),
      group(4, 1, 10),
    ];
    expect(partsOf({ rowGroups } as never, limits)).toEqual([
      { start: 0, end: 2 },
      { start: 2, end: 3 },
      { start: 3, end: 4 },
      { start: 4, end: 5 },
    ]);
  });
});
