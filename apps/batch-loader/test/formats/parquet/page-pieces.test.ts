/** Pages that are decoded in pieces give the same rows as pages that are decoded whole. */
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { parquetCompressors } from "../../../src/formats/parquet/compressors.ts";
import { LeafColumn } from "../../../src/formats/parquet/leaf-column.ts";
import { loadLimitsDefaults } from "../../../src/limits.ts";
import { footerOf, readGroup } from "./read-group.ts";

const ROWS = 1_003;
const WHOLE = { parquetPieceValuesMax: ROWS };
type Columns = Parameters<typeof parquetWriteBuffer>[0]["columnData"];
type Column = Columns[number];

function write(columnData: Columns, rows = ROWS): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parquetWriteBuffer({ columnData, pageSize: 100_000_000, rowGroupSize: rows }));
}

function column(type: Column["type"], valueOf: (row: number) => unknown, more: Partial<Column> = {}): Column {
  return { name: "n", type, data: Array.from({ length: ROWS }, (_, row) => valueOf(row)), ...more } as Column;
}

const cases: readonly (readonly [string, Column])[] = [
  ["one value", column("STRING", () => "s")],
  ["three texts in turn", column("STRING", (row) => `s${row % 3}`)],
  ["300 texts, so that an index takes more than a byte", column("STRING", (row) => `s${(row * 7) % 300}`)],
  ["texts and nulls", column("STRING", (row) => (row % 5 < 2 ? null : `s${row % 11}`))],
  ["nulls alone but for the last", column("INT64", (row) => (row === ROWS - 1 ? 1n : null))],
  ["plain numbers", column("INT64", (row) => BigInt(row), { encoding: "PLAIN" })],
  ["plain texts and nulls", column("STRING", (row) => (row % 3 === 0 ? null : `${row}`), { encoding: "PLAIN" })],
  ["differences", column("INT64", (row) => BigInt(row * row), { encoding: "DELTA_BINARY_PACKED" })],
  [
    "differences and nulls",
    column("INT32", (row) => (row % 4 === 1 ? null : row), { encoding: "DELTA_BINARY_PACKED" }),
  ],
  ["numbers with decimals", column("DOUBLE", (row) => row / 2)],
  ["true and false", column("BOOLEAN", (row) => row % 3 === 0)],
  ["times", column("TIMESTAMP", (row) => new Date(row * 1_000))],
];

describe("a page in pieces", () => {
  test.each(cases)("gives the rows of the whole page: %s", async (_, data) => {
    const file = write([data]);
    const { inputs } = await readGroup(file, { limits: WHOLE });
    expect(inputs).toHaveLength(ROWS);
    for (const parquetPieceValuesMax of [1, 7, 8, 64, 1_000]) {
      expect((await readGroup(file, { limits: { parquetPieceValuesMax } })).inputs).toEqual(inputs);
    }
  });

  test("holds no more values at once than a piece has, however many the page has", async () => {
    const rows = 300_000;
    const file = write([{ name: "n", type: "STRING", data: new Array<string>(rows).fill("s") }], rows);
    const footer = await footerOf(file);
    const [chunk] = footer.rowGroups[0]?.leaves[0] ?? [];
    if (chunk === undefined) throw new Error("the file has no column");
    const leaf = new LeafColumn({
      chunk,
      rows,
      read: async ({ start, end }) => file.slice(start, end),
      windowBytes: 1_000,
      compressors: parquetCompressors(loadLimitsDefaults.parquetPageBytesMax),
      limits: loadLimitsDefaults,
    });
    await leaf.fill();
    expect(leaf.available).toBe(loadLimitsDefaults.parquetPieceValuesMax);
    expect(leaf.heldBytes).toBeLessThan(1_000_000);
  });
});
