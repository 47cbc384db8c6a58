import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { csvRows } from "../../../src/formats/csv/rows.ts";
import { chunksOf, collect, type Collected } from "../collect.ts";

const options = {
  object: "s3://b/a.csv",
  columnsNeeded: ["id"],
  recordsPerSlice: 1_000,
  sliceBytesMax: 1_000_000,
  recordBytesMax: 100_000,
};

function read(text: string | Uint8Array, chunkBytes = 5, more: Partial<typeof options> = {}): Promise<Collected> {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  return collect(csvRows(chunksOf(bytes, chunkBytes), { ...options, ...more }));
}

describe("csvRows", () => {
  test("takes quotes, delimiters and line ends in fields, CRLF, a byte order mark, no last line end", async () => {
    const { inputs, bad } = await read('\ufeffid,name\r\n1,"a, ""b""\r\nc"\r\n\r\n2,日本語\r\n3,');
    expect(inputs).toEqual([
      { id: "1", name: 'a, "b"\r\nc' },
      { id: "2", name: "日本語" },
      { id: "3", name: "" },
    ]);
    expect(bad).toEqual([]);
  });

  test("orders rows by the byte behind which they begin, however the bytes are cut and taken", async () => {
    const text = '\ufeffid,name\r\n1,"a\n日"\r\n\r\n2\r\n3,c\r\n4,d';
    for (const recordsPerSlice of [1, 2, 1_000]) {
      for (let chunkBytes = 1; chunkBytes <= 40; chunkBytes += 1) {
        const { inputs, orders } = await read(text, chunkBytes, { recordsPerSlice });
        expect(inputs).toMatchObject([{ id: "1" }, { id: "3" }, { id: "4" }]);
        expect(orders).toEqual([12, 28, 33]);
      }
    }
  });

  test.each([
    ["LF behind a CRLF header", "id,name\r\n1,a\n2,b\n\n", [9, 13]],
    ["CRLF behind an LF header", "id,name\n1,a\r\n2,b\r\n\r\n", [8, 13]],
    ["one LF among CRLF", "id,name\r\n1,a\n2,b\r\n", [9, 13]],
    ["one CRLF among LF", "id,name\n1,a\r\n2,b\n", [8, 13]],
    ["CR CR LF", "id,name\r\r\n1,a\r\r\n2,b\r\r\n", [10, 16]],
    ["CR CR LF among others", "id,name\n1,a\r\r\n2,b\r\n\r\r\n", [8, 14]],
    ["CR alone throughout", "id,name\r1,a\r2,b\r", [8, 12]],
    ["CR alone, then CRLF", "id,name\r1,a\r\n2,b\n", [8, 13]],
    ["quotes before each kind", '"id","name"\r\n"1","a"\n"2","b"\r\r\n', [13, 21]],
    ["blank lines of each kind before the header", "\n\r\n\nid,name\n1,a\r\n2,b", [12, 17]],
  ])("takes rows that end in %s, however the bytes are cut", async (_, text, places) => {
    for (let chunkBytes = 1; chunkBytes <= text.length; chunkBytes += 1) {
      const { inputs, orders, bad } = await read(text, chunkBytes);
      expect([inputs, bad]).toEqual([
        [
          { id: "1", name: "a" },
          { id: "2", name: "b" },
        ],
        [],
      ]);
      expect(orders).toEqual(places);
    }
  });

  test("leaves a line end in quotes, and a carriage return within a row, as they are", async () => {
    const { inputs, bad } = await read('id,name\r\n1,"a\nb\r\nc\rd"\n2,e\rf\n');
    expect(inputs).toEqual([
      { id: "1", name: "a\nb\r\nc\rd" },
      { id: "2", name: "e\rf" },
    ]);
    expect(bad).toEqual([]);
  });

  test.each([";", "\t", "|"])(
    "finds the delimiter %j where only with it the header has the needed columns",
    async (by) => {
      const text = [`id${by}"a,b"`, `1${by}"x${by}y,z"`, `2${by}`].join("\r\n");
      for (const chunkBytes of [1, 5, 100]) {
        const { inputs, bad } = await read(text, chunkBytes);
        expect(inputs).toEqual([
          { id: "1", "a,b": `x${by}y,z` },
          { id: "2", "a,b": "" },
        ]);
        expect(bad).toEqual([]);
      }
    },
  );

  test("keeps the comma where the header has the needed columns with it", async () => {
    expect((await read("id,a;b\n1,x;y\n")).inputs).toEqual([{ id: "1", "a;b": "x;y" }]);
  });

  test("keeps a row of another number of fields with its line number, and its neighbours", async () => {
    const { inputs, positions, bad } = await read("id,name\n1,a\n2\n3,c,d\n4,e\n");
    expect(inputs).toEqual([
      { id: "1", name: "a" },
      { id: "4", name: "e" },
    ]);
    expect(positions).toEqual([{ row: 2 }, { row: 5 }]);
    expect(bad).toMatchObject([
      { place: { row: 3 }, reason: "wrong-column-count", input: ["2"] },
      { place: { row: 4 }, reason: "wrong-column-count", input: ["3", "c", "d"] },
    ]);
  });

  test("refuses rows whose bytes are not UTF-8, and keeps these as they came", async () => {
    const bytes = Buffer.concat([
      Buffer.from("id,v\n1,日\n"),
      Buffer.from([0x41, 0xff]),
      Buffer.from(",日\n2,\ufffd\n"),
    ]);
    const { inputs, bad } = await read(bytes);
    expect(inputs).toEqual([
      { id: "1", v: "日" },
      { id: "2", v: "\ufffd" },
    ]);
    expect(bad).toMatchObject([{ place: { row: 3 }, reason: "invalid-utf8" }]);
    expect(bad[0]?.input).toEqual([new Uint8Array([0x41, 0xff]), "日"]);
  });

  test.each([
    ["a byte order mark on a line of its own", "\ufeff\nid;v\n1;2\n"],
    ["one row that ends in a carriage return alone", "id;v\r1;2"],
  ])("finds out how a text is written behind %s", async (_, text) => {
    for (const chunkBytes of [1, 5, 100]) expect((await read(text, chunkBytes)).inputs).toEqual([{ id: "1", v: "2" }]);
  });

  test("finds the end of a header where few bytes follow it", async () => {
    expect((await read("id\r1")).inputs).toEqual([{ id: "1" }]);
  });

  test("says what is wrong with a field without showing it", async () => {
    await expect(read('id\nsecret"x\n')).rejects.toThrow("INVALID_OPENING_QUOTE at line 2");
    await expect(read('id\nsecret"x\n')).rejects.not.toThrow("secret");
  });

  test.each([
    ["a missing column", "name\n1\n", 'needs the column "id"; there are "name"'],
    ["a repeated column", "id,id\n1,2\n", '"id" twice'],
    ["a header that is not UTF-8", Buffer.from("id,gr\u00f6\u00dfe\n1,2\n", "latin1"), "not UTF-8"],
    ["UTF-16", Buffer.from("\ufeffid\n1\n", "utf16le"), "UTF-16"],
    ["UTF-16 without its mark", Buffer.from("id\n1\n", "utf16le"), "UTF-16"],
    ["blank lines alone", "\r\n\n", "no header row"],
    ["a quote that is never closed", 'id\n1\n"2\n3\n', "CSV_QUOTE_NOT_CLOSED"],
    ["text behind a closing quote", 'id\n"1"x\n2\n', "CSV_INVALID_CLOSING_QUOTE"],
    ["a record without end", `id\n"${"x".repeat(300)}"\n`, "CSV_MAX_RECORD_SIZE"],
  ])("refuses an object with %s, naming it", async (_, text, message) => {
    const failing = read(text, 64, { recordBytesMax: 200 });
    await expect(failing).rejects.toMatchObject({ code: "OBJECT_UNREADABLE", object: "s3://b/a.csv" });
    await expect(failing).rejects.toThrow(message);
  });

  test("gives no row of an object without bytes", async () => {
    expect(await read("")).toMatchObject({ inputs: [], bad: [] });
  });

  test("gives slices of at most the asked size", async () => {
    const text = `id\n${Array.from({ length: 25 }, (_, index) => index).join("\n")}\n`;
    const { slices, inputs } = await read(text, 1_000, { recordsPerSlice: 10 });
    expect([slices, inputs.length]).toEqual([3, 25]);
  });

  test("gives slices of few rows where rows are long", async () => {
    const text = `id,v\n${Array.from({ length: 30 }, (_, index) => `${index},${"x".repeat(1_000)}`).join("\n")}\n`;
    const { slices, inputs } = await read(text, 500, { sliceBytesMax: 5_000 });
    expect([slices, inputs.length]).toEqual([6, 30]);
  });

  test("reads the airports", async () => {
    const path = new URL("../../../../../node_modules/vega-datasets/data/airports.csv", import.meta.url);
    const { inputs, bad } = await read(readFileSync(path), 65_536, { columnsNeeded: ["iata"], recordsPerSlice: 5_000 });
    expect([inputs.length, bad.length]).toEqual([3_376, 0]);
    expect(inputs).toContainEqual(expect.objectContaining({ iata: "SEA", city: "Seattle" }));
  });
});
