import { describe, expect, test } from "vitest";
import { ndjsonRows } from "../../../src/formats/ndjson/rows.ts";
import { chunksOf, collect, type Collected } from "../collect.ts";

const options = {
  object: "s3://b/a.ndjson",
  startByte: 0,
  recordsPerSlice: 1_000,
  sliceBytesMax: 1_000_000,
  lineBytesMax: 10_000,
};

function read(text: string | Uint8Array, chunkBytes = 7, more: Partial<typeof options> = {}): Promise<Collected> {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  return collect(ndjsonRows(chunksOf(bytes, chunkBytes), { ...options, ...more }));
}

describe("ndjsonRows", () => {
  test("passes over blank lines, and refuses lines of what JSON takes for no white space", async () => {
    const others = ["\u00a0", "\ufeff", "\u2028", "\u3000", "\f", "\v"];
    const { inputs, bad } = await read(['{"a":1}', "", " \t\r", ...others, '{"a":2}'].join("\n"));
    expect(inputs).toEqual([{ a: 1 }, { a: 2 }]);
    expect(bad.map(({ reason, input }) => [reason, input])).toEqual(others.map((line) => ["invalid-json", line]));
  });

  test("gives the same rows however the bytes are cut, with several bytes per character", async () => {
    const rows = [{ a: "é" }, { a: "日本語" }, { a: "🙂🙂" }, { a: 1 }];
    const text = rows.map((row) => JSON.stringify(row)).join("\n");
    for (let chunkBytes = 1; chunkBytes <= text.length; chunkBytes += 1) {
      expect((await read(text, chunkBytes)).inputs).toEqual(rows);
    }
  });

  test("gives slices of few rows where lines are long", async () => {
    const line = JSON.stringify({ v: "x".repeat(1_000) });
    const { slices, inputs } = await read(`${line}\n`.repeat(30), 700, { sliceBytesMax: 5_000 });
    expect([slices, inputs.length]).toEqual([6, 30]);
  });

  test("takes CRLF, blank lines, a missing last line end and a byte order mark", async () => {
    const { inputs, positions } = await read('\ufeff{"a":1}\r\n\r\n  \n{"a":2}\r\n{"a":3}');
    expect(inputs).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    expect(positions.map(({ row }) => row)).toEqual([1, 4, 5]);
  });

  test("says where each line begins in the object", async () => {
    const { positions } = await read('{"a":"é"}\n{"a":2}\n', 3, { startByte: 100 });
    expect(positions).toEqual([
      { row: 1, byteOffset: 100 },
      { row: 2, byteOffset: 111 },
    ]);
    const { orders } = await read('{"a":"é"}\n{"a":2}\n', 3, { startByte: 100 });
    expect(orders).toEqual([100, 111]);
    const crlf = await read("{}\r\n{}\r\n{}\r\n");
    expect(crlf.positions.map(({ byteOffset }) => byteOffset)).toEqual([0, 4, 8]);
  });

  test("orders the lines of a decompressed object by its bytes, which are no place in the object", async () => {
    const text = '\ufeff{"a":1}\n\nnone\n{"a":2}\n{"a":3}';
    const bytes = Buffer.from(text);
    for (const recordsPerSlice of [1, 2, 1_000]) {
      const { orders, positions } = await collect(
        ndjsonRows(chunksOf(bytes, 3), { ...options, startByte: null, recordsPerSlice }),
      );
      expect(orders).toEqual([0, 17, 25]);
      expect(positions).toEqual([{ row: 1 }, { row: 4 }, { row: 5 }]);
    }
  });

  test("keeps a line that is no JSON with its line number, and its neighbours", async () => {
    const { inputs, bad } = await read('{"a":1}\n{"a":\n[1]\n7\n{"a":2}\n');
    expect(inputs).toEqual([{ a: 1 }, [1], 7, { a: 2 }]);
    expect(bad).toMatchObject([{ reason: "invalid-json", place: { row: 2, byteOffset: 8 }, input: '{"a":' }]);
  });

  test("refuses bytes that are not UTF-8 instead of merging keys, and keeps U+FFFD that was written", async () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"\ufffd"}\n{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
    const { inputs, bad } = await read(bytes);
    expect(inputs).toEqual([{ a: "\ufffd" }]);
    expect(bad).toMatchObject([{ reason: "invalid-utf8", place: { row: 2 } }]);
  });

  test("keeps integers exact beyond 2^53", async () => {
    const { inputs } = await read(
      '{"a":9007199254740993,"b":-9223372036854775808,"c":1.5,"d":1e300,"e":9007199254740991}',
    );
    expect(inputs).toEqual([{ a: 9007199254740993n, b: -(2n ** 63n), c: 1.5, d: 1e300, e: 9007199254740991 }]);
  });

  test("gives slices of the asked size", async () => {
    const { slices, inputs } = await read("1\n2\n3\n4\n5\n", 2, { recordsPerSlice: 2 });
    expect([slices, inputs]).toEqual([3, [1, 2, 3, 4, 5]]);
  });

  test("refuses a line without end, and UTF-16", async () => {
    await expect(read(`{"a":"${"x".repeat(500)}"}`, 64, { lineBytesMax: 200 })).rejects.toMatchObject({
      code: "OBJECT_UNREADABLE",
      message: expect.stringContaining("s3://b/a.ndjson: the line that begins at byte 0 is longer than 200 bytes"),
    });
    await expect(read(Buffer.from('\ufeff{"a":1}', "utf16le"))).rejects.toThrow("UTF-16");
  });
});
