import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { ndjsonRows } from "../../../src/formats/ndjson/rows.ts";
import { chunksOf, collect } from "../collect.ts";
import { object, readGroup } from "./read-group.ts";

/** The rows of one column `x` of this schema. */
async function read(schema: readonly object[], data: readonly unknown[]): Promise<readonly unknown[]> {
  const options = { columnData: [{ name: "x", data }], schema: [{ name: "root", num_children: 1 }, ...schema] };
  const file = new Uint8Array(parquetWriteBuffer({ ...options, statistics: false } as never));
  const { inputs } = await readGroup(file);
  return inputs.map((input) => (input as { readonly x: unknown }).x);
}

const optional = (name: string, more: object): object => ({ name, repetition_type: "OPTIONAL", ...more });
const list = (name: string, ...item: readonly object[]): readonly object[] => [
  optional(name, { converted_type: "LIST", num_children: 1 }),
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  ...item,
];
const map = (name: string, ...value: readonly object[]): readonly object[] => [
  optional(name, { converted_type: "MAP", num_children: 1 }),
  { name: "key_value", repetition_type: "REPEATED", num_children: 2 },
  { name: "key", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
  ...value,
];
const decimal = (name: string): object =>
  optional(name, { type: "INT64", converted_type: "DECIMAL", scale: 2, precision: 18 });
const integer = (name: string): object => optional(name, { type: "INT32" });
const json = (name: string): object => optional(name, { type: "BYTE_ARRAY", converted_type: "JSON" });

describe("nested columns", () => {
  test("hold decimals exactly, in lists, structures and maps", async () => {
    const exact = [203n, 1_234_567_890_123_456_789n, null];
    const wanted = [2.03, "12345678901234567.89", null];
    expect(await read(list("x", decimal("element")), [exact])).toEqual([wanted]);
    const struct = [optional("x", { num_children: 1 }), ...list("d", decimal("element"))];
    expect(await read(struct, [{ d: exact }])).toEqual([{ d: wanted }]);
    const entries = { a: 203n, b: 1_234_567_890_123_456_789n, c: null };
    expect(await read(map("x", decimal("value")), [entries])).toEqual([{ a: 2.03, b: wanted[1], c: null }]);
  });

  test("hold null where a list, a structure or a map is null, as JSON does, at any depth", async () => {
    const rows = [null, [], [null], [[]], [[1, null], null, []]];
    expect(await read(list("x", ...list("element", integer("element"))), rows)).toEqual(rows);
    const structs = [null, { a: null, b: null }, { a: { c: null }, b: [1] }, { a: { c: 2 }, b: [] }];
    const struct = [
      optional("x", { num_children: 2 }),
      optional("a", { num_children: 1 }),
      integer("c"),
      ...list("b", integer("element")),
    ];
    expect(await read(struct, structs)).toEqual(structs);
    const maps = [null, {}, { a: null }, { a: [1, null], b: [] }];
    expect(await read(map("x", ...list("value", integer("element"))), maps)).toEqual(maps);
    const lines = rows.map((x) => JSON.stringify({ x })).join("\n");
    const text = { object, startByte: 0, recordsPerSlice: 100, sliceBytesMax: 10_000, lineBytesMax: 1_000 };
    const { inputs } = await collect(ndjsonRows(chunksOf(Buffer.from(lines), 100), text));
    expect(inputs).toEqual(rows.map((x) => ({ x })));
  });

  test("hold a map's entry called __proto__, which then refuses its row, and no file with such a field is read", async () => {
    const entries = JSON.parse('{"__proto__":1,"b":2}') as object;
    const [row] = await read(map("x", integer("value")), [entries]);
    expect(Object.entries(row as object)).toEqual([
      ["__proto__", 1],
      ["b", 2],
    ]);
    const struct = [optional("x", { num_children: 1 }), integer("__proto__")];
    await expect(read(struct, [entries])).rejects.toThrow('"__proto__": rename it');
  });

  test("hold JSON with exact numbers", async () => {
    // The writer's own `JSON.stringify` writes it so.
    const { rawJSON } = JSON as unknown as { rawJSON(text: string): object };
    const written = { n: rawJSON("9007199254740993"), f: [rawJSON("0.1234567890123456789")] };
    const wanted = { n: 9_007_199_254_740_993n, f: ["0.1234567890123456789"] };
    expect(await read([json("x")], [written])).toEqual([wanted]);
    expect(await read(list("x", json("element")), [[written]])).toEqual([[wanted]]);
  });
});
