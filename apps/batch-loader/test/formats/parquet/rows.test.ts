import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { bytesOfGroup, footerOf, object, readGroup } from "./read-group.ts";

function write(options: Parameters<typeof parquetWriteBuffer>[0]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parquetWriteBuffer(options));
}

const int64 = (name: string, logical: object): object => ({
  name,
  type: "INT64",
  repetition_type: "OPTIONAL",
  ...logical,
});

describe("parquetRows", () => {
  test("orders rows by their number in the file, whatever their row group", async () => {
    const data = Array.from({ length: 7 }, (_, index) => index);
    const file = write({ columnData: [{ name: "n", data, type: "INT32" }], rowGroupSize: 3 });
    const groups = await Promise.all([0, 1, 2].map((group) => readGroup(file, { rowGroup: group })));
    expect(groups.map(({ orders }) => orders)).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
    expect(groups.flatMap(({ inputs }) => inputs)).toEqual(data.map((n) => ({ n })));
  });

  test("keeps timestamps exact in every unit, as bigint microseconds", async () => {
    const timestamp = (unit: string): object => ({
      logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit },
    });
    const file = write({
      columnData: [
        { name: "ms", data: [1n, -1n, null] },
        { name: "us", data: [978_307_200_123_456n, 1n, null] },
        { name: "ns", data: [1_999n, -1n, null] },
      ] as never,
      schema: [
        { name: "root", num_children: 3 },
        int64("ms", timestamp("MILLIS")),
        int64("us", timestamp("MICROS")),
        int64("ns", timestamp("NANOS")),
      ] as never,
    });
    const { inputs } = await readGroup(file);
    expect(inputs.slice(0, 2)).toEqual([
      { ms: 1_000n, us: 978_307_200_123_456n, ns: 1n },
      { ms: -1_000n, us: 1n, ns: -1n },
    ]);
    expect(Object.values(inputs[2] ?? {}).every((value) => value === null || value === undefined)).toBe(true);
  });

  test("keeps int64 exact, a byte order mark, and bytes that are no UTF-8", async () => {
    const file = write({
      columnData: [
        { name: "n", data: [9_007_199_254_740_993n, -(2n ** 63n)], type: "INT64" },
        { name: "t", data: ["\ufeffkey", "key"], type: "STRING" },
        { name: "b", data: [new Uint8Array([0x61]), new Uint8Array([0xff])], type: "BYTE_ARRAY" },
      ],
    });
    const { inputs, positions } = await readGroup(file);
    expect(inputs).toEqual([
      { n: 9_007_199_254_740_993n, t: "\ufeffkey", b: new Uint8Array([0x61]) },
      { n: -(2n ** 63n), t: "key", b: new Uint8Array([0xff]) },
    ]);
    expect(positions).toEqual([{ row: 1 }, { row: 2 }]);
  });

  test("gives dates as text and decimals exactly", async () => {
    const file = write({
      columnData: [
        { name: "day", data: [11_322, 0] },
        { name: "price", data: [-1_999n, 9_007_199_254_740_993n] },
        { name: "id", data: [9_007_199_254_740_993n, 5n] },
      ] as never,
      schema: [
        { name: "root", num_children: 3 },
        { name: "day", type: "INT32", converted_type: "DATE", repetition_type: "REQUIRED" },
        {
          name: "price",
          type: "INT64",
          converted_type: "DECIMAL",
          scale: 2,
          precision: 18,
          repetition_type: "REQUIRED",
        },
        { name: "id", type: "INT64", converted_type: "DECIMAL", scale: 0, precision: 18, repetition_type: "REQUIRED" },
      ] as never,
      statistics: false,
    });
    expect((await readGroup(file)).inputs).toEqual([
      { day: "2000-12-31", price: -19.99, id: 9_007_199_254_740_993n },
      { day: "1970-01-01", price: "90071992547409.93", id: 5n },
    ]);
  });

  test("numbers the rows of the object over its row groups", async () => {
    const data = Array.from({ length: 25 }, (_, index) => index);
    const file = write({ columnData: [{ name: "n", data, type: "INT32" }], rowGroupSize: 10 });
    const { inputs, positions } = await readGroup(file, { rowGroup: 2 });
    expect(inputs).toEqual([20, 21, 22, 23, 24].map((n) => ({ n })));
    expect(positions.at(0)).toEqual({ row: 21 });
  });

  test("notices every damage of a gzip page", async () => {
    const data = Array.from({ length: 2_000 }, (_, index) => `value ${index * 7919}`);
    const compressors = { GZIP: (bytes: Uint8Array) => gzipSync(bytes) };
    const file = write({ columnData: [{ name: "t", data, type: "STRING" }], codec: "GZIP", compressors });
    expect((await readGroup(file)).inputs.length).toBeGreaterThan(0);
    const { start, end } = await bytesOfGroup(file);
    for (let at = start + 200; at < end; at += 97) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      await expect(readGroup(damaged)).rejects.toMatchObject({ code: "OBJECT_UNREADABLE", object });
    }
  });

  test("refuses a dictionary index that points nowhere", async () => {
    const data = Array.from({ length: 64 }, (_, index) => `v${index % 3}`);
    const file = write({ columnData: [{ name: "t", data, type: "STRING", nullable: false }], codec: "UNCOMPRESSED" });
    const { end } = await bytesOfGroup(file);
    file[end - 1] = 0xff;
    await expect(readGroup(file)).rejects.toThrow(
      'the column "t": a value is missing: an index points behind the dictionary',
    );
  });

  test("refuses what is encrypted, truncated or no Parquet file, and says which", async () => {
    const file = write({ columnData: [{ name: "n", data: [1, 2, 3], type: "INT32" }] });
    const encrypted = file.slice();
    encrypted.set(Buffer.from("PARE"), encrypted.length - 4);
    await expect(footerOf(encrypted)).rejects.toThrow(`${object}: the file is encrypted`);
    await expect(footerOf(file.slice(0, -20))).rejects.toThrow(`${object}: the file does not end in "PAR1"`);
    await expect(footerOf(file.slice(0, 5))).rejects.toThrow("no Parquet file");
    const footerless = Buffer.concat([file.slice(0, 4), file.slice(-8)]);
    await expect(footerOf(new Uint8Array(footerless))).rejects.toMatchObject({ code: "OBJECT_UNREADABLE" });
  });

  test("reads the flights", async () => {
    const path = new URL("../../../../../node_modules/vega-datasets/data/flights-3m.parquet", import.meta.url);
    const file = new Uint8Array(readFileSync(path));
    const footer = await footerOf(file);
    expect(footer.rowGroups.reduce((sum, { rows }) => sum + rows, 0)).toBe(3_000_000);
    const { inputs, positions } = await readGroup(file, { rowGroup: 10 });
    expect([inputs.length, positions.at(-1)]).toEqual([272_730, { row: 3_000_000 }]);
    expect(inputs.at(-1)).toEqual({
      date: expect.any(BigInt),
      delay: expect.any(BigInt),
      distance: expect.any(BigInt),
      origin: expect.stringMatching(/^[A-Z0-9]{3}$/),
      destination: expect.stringMatching(/^[A-Z0-9]{3}$/),
    });
  });
});
