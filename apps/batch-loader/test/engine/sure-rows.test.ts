/**
 * The list of types, type by type: a value comes out of the engine as the row
 * path reads it from the same file, and no row is called a record that the row
 * path would refuse.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decimal, defineConfig, fieldChecksOf, groupOf, integer, parseRecord } from "@trilane/feature-groups";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { type EngineColumn, engineColumnOf, rowValueOf, transferSql } from "../../src/engine/engine-column.ts";
import { EngineProcess } from "../../src/engine/engine-process.ts";
import { othersSql, reduceSql, ROW_CLASS } from "../../src/engine/reduction-sql.ts";
import { sureRowsOf, TIME_COLUMN } from "../../src/engine/sure-rows.ts";
import { openFormats } from "../../src/formats/index.ts";
import { parquet } from "../../src/formats/parquet/format.ts";
import { loadLimitsDefaults } from "../../src/limits.ts";
import { objectOf } from "../formats/object-of.ts";

const MEMORY_BYTES = 200_000_000;
const NOW_MS = Date.UTC(2026, 0, 1);
const TIME = `TIMESTAMP '2025-12-31 23:00:00'`;

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  integer: integer(),
  decimal: decimal(),
  number: z.number(),
  bigint: z.bigint(),
  text: z.string(),
  boolean: z.boolean(),
  anything: z.unknown(),
};

/** The SQL type, and values at which types differ. */
const TYPES: readonly (readonly [sql: string, values: readonly string[]])[] = [
  [
    "VARCHAR",
    [
      "'a'",
      "''",
      "' a'",
      "'a\u00a0'",
      "'12'",
      "'0012'",
      "'12.0'",
      "'-0'",
      "'+7'",
      "chr(65279) || 'a'",
      "'🙂'",
      "chr(1)",
    ],
  ],
  ["INTEGER", ["0", "-1", "12345", "2147483647", "-2147483648"]],
  ["UINTEGER", ["0", "4294967295"]],
  ["BIGINT", ["0", "12345", "9007199254740991", "9007199254740992", "-9007199254740993", "9223372036854775807"]],
  ["BOOLEAN", ["true", "false"]],
  ["FLOAT", ["0", "-0.0", "12345.0", "0.1", "9007199254740992", "'NaN'", "'Infinity'"]],
  ["DOUBLE", ["0", "-0.0", "12345.0", "0.1", "9007199254740991", "9007199254740992", "'NaN'", "'-Infinity'"]],
  ["DATE", ["'1970-01-01'", "'1969-12-31'", "'2025-12-31'", "'0001-01-01'", "'9999-12-31'"]],
  ["TIMESTAMP", ["'1970-01-01'", "'1969-12-31 23:59:59.999999'", "'2025-12-31 23:00:00.123456'"]],
  ["TIMESTAMP_MS", ["'1970-01-01'", "'2025-12-31 23:00:00.123'"]],
  ["TIMESTAMP_NS", ["'1970-01-01'", "'1969-12-31 23:59:59.999999999'", "'2025-12-31 23:00:00.123456789'"]],
  ["TIMESTAMPTZ", ["'1970-01-01 00:00:00+00'", "'2025-12-31 23:00:00.5+02'"]],
  ["DECIMAL(4,1)", ["0", "-0.5", "12345.0 / 100", "999.9"]],
  ["DECIMAL(18,0)", ["0", "-12", "999999999999999999"]],
  ["DECIMAL(18,6)", ["0.000001", "-12345.6", "999999999999.999999"]],
  ["DECIMAL(38,10)", ["0", "-1234567890123456789012345678.0123456789"]],
];

let folder: string;
let engine: EngineProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sure-rows-"));
  engine = await EngineProcess.open({ folder, workFolder: folder, memoryBytesMax: MEMORY_BYTES, threads: 1 });
});

afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

/** A file with a key, a time and a value of the type; its rows by both ways. */
async function bothWays(sqlType: string, values: readonly string[]) {
  const path = join(folder, "types.parquet");
  const rows = [...values, "NULL"].map((value, index) => `('k${index}', ${TIME}, CAST(${value} AS ${sqlType}))`);
  const named = `(SELECT * FROM (VALUES ${rows.join(", ")}) AS t(k, t, v))`;
  await engine.run(`COPY ${named} TO '${path}' (FORMAT parquet)`);
  const object = objectOf(await readFile(path));
  const limits = loadLimitsDefaults;
  const [part] = await openFormats({ columnsNeeded: [], columnsTaken: null, limits })(parquet).plan(object);
  const layout = await part?.layout?.(object);
  if (part === undefined || layout === undefined) throw new TypeError("the file has no part");
  const inputs: Record<string, unknown>[] = [];
  for await (const slice of part.rows(object)) inputs.push(...(slice.inputs as Record<string, unknown>[]));
  const columns = layout.footer.columnsRead.map((column) => engineColumnOf(column));
  if (columns.includes(null)) throw new TypeError(`${sqlType} is not on the list`);
  return { path, inputs, columns: columns.filter((column): column is EngineColumn => column !== null) };
}

describe.each(TYPES)("%s", (sqlType, values) => {
  test("comes out of the engine as the row path reads it", async () => {
    const { path, inputs, columns } = await bothWays(sqlType, values);
    const selected = columns.map(transferSql).join(", ");
    const found = await engine.run(`SELECT ${selected} FROM read_parquet('${path}') ORDER BY k`);
    const rows = inputs.map((_, row) =>
      Object.fromEntries(
        columns.map((column, index) => [column.name, rowValueOf(column, found[index]?.[row] ?? null)]),
      ),
    );
    expect(rows.toSorted(byKey)).toEqual(inputs.toSorted(byKey));
  });

  test.each(Object.keys(SCHEMAS))("is called a valid %s only where the row path takes it", async (accepts) => {
    const { path, inputs, columns } = await bothWays(sqlType, values);
    const schema = z.object({ v: SCHEMAS[accepts] ?? z.never() });
    const eventTime = { field: "t", unit: "timestamp" } as const;
    const group = groupOf(defineConfig({ groups: { g: { key: ["k"], eventTime, schema, ttlMs: 1e12 } } }), "g");
    const checks = fieldChecksOf(group.schema);
    const fields = checks.kind === "known" ? checks.fields : [];
    const sure = sureRowsOf({ group, fields, columns, nowMs: NOW_MS });
    if (sure.kind === "unsure") return;
    const [keys = [], isSure = []] = await engine.run(
      `SELECT k, coalesce(${sure.condition}, false) FROM (SELECT *, ${sure.timeUs} AS ${TIME_COLUMN} FROM read_parquet('${path}'))`,
    );
    const context = { lane: "batch", nowMs: NOW_MS } as const;
    const taken = new Map(inputs.map((input) => [input["k"], parseRecord(group, input, context).kind !== "dead"]));
    for (const [index, key] of keys.entries())
      if (isSure[index] === true) expect([key, taken.get(key)]).toEqual([key, true]);
  });
});

function byKey(left: Readonly<Record<string, unknown>>, right: Readonly<Record<string, unknown>>): number {
  return String(left["k"]) < String(right["k"]) ? -1 : 1;
}

test("the engine may open no file outside of its folder, no address and no extension, and stays as it is set", async () => {
  for (const statement of [
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM read_parquet('http://127.0.0.1:1/a.parquet')",
    "COPY (SELECT 1) TO '/tmp/outside.parquet'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "ATTACH '/tmp/outside.db'",
    "SET enable_external_access = true",
    "SET memory_limit = '100GB'",
  ]) {
    await expect(engine.run(statement), statement).rejects.toThrow();
  }
});

test("a text that is no UTF-8 is refused by the engine, so that the row path decides", async () => {
  const path = join(folder, "bytes.parquet");
  await engine.run(`COPY (SELECT 'QQQQ' AS v) TO '${path}' (FORMAT parquet, CODEC 'UNCOMPRESSED')`);
  const file = await readFile(path);
  const wrongTexts = ["ff414141", "eda08041", "c0804141", "f5808080", "e2824141"];
  for (const text of ["41414141", ...wrongTexts]) {
    const changed = Buffer.from(
      file.toString("latin1").replaceAll("QQQQ", Buffer.from(text, "hex").toString("latin1")),
      "latin1",
    );
    await writeFile(path, changed);
    const read = engine.run(`SELECT 'x' || v FROM read_parquet('${path}')`);
    if (wrongTexts.includes(text)) await expect(read, text).rejects.toThrow();
    else await expect(read).resolves.toEqual([["xAAAA"]]);
  }
});

test("the engine judges rows by their values, whatever the statistics of the footer claim", async () => {
  const path = join(folder, "claims.parquet");
  const bytesOf = (value: bigint): string => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes.toString("latin1");
  };
  const beyond = 2n ** 53n + 5n;
  await engine.run(`COPY (SELECT * FROM (VALUES (5), (${beyond})) AS t(v)) TO '${path}' (FORMAT parquet)`);
  const file = (await readFile(path)).toString("latin1");
  // The values stand before the footer, the claims in it.
  const [values = "", ...claims] = file.split(bytesOf(beyond));
  expect(claims.length).toBeGreaterThan(1);
  const changed = [values + bytesOf(beyond) + (claims[0] ?? ""), ...claims.slice(1)].join(bytesOf(7n));
  await writeFile(path, Buffer.from(changed, "latin1"));
  const isSure = `coalesce(v IS NOT NULL AND (v BETWEEN 0 AND ${Number.MAX_SAFE_INTEGER}), false)`;
  const from = `FROM read_parquet('${path}')`;
  const judged = await engine.run(
    `SELECT CASE WHEN ${isSure} THEN 1 ELSE 2 END, count(*) ${from} GROUP BY ALL ORDER BY 1`,
  );
  expect(judged).toEqual([
    [1, 2],
    [1n, 1n],
  ]);
  expect(await engine.run(`SELECT v ${from} WHERE NOT ${isSure}`)).toEqual([[beyond]]);
  const joined = await engine.run(`SELECT v ${from} JOIN (SELECT ${beyond} AS k) ON v = k`);
  expect(joined).toEqual([[beyond]]);
  const columns = [{ name: "v", type: "long", precision: 0, scale: 0 }] as const;
  const condition = `v BETWEEN 0 AND ${Number.MAX_SAFE_INTEGER}`;
  const sure = { condition, fits: "true", isLive: "true", key: ["v"], timeUs: "1", sequence: null };
  const options = { files: [{ path, ranges: null }], columns, sure, parts: 1 };
  await engine.run(reduceSql(options));
  expect(await engine.run(`SELECT "#key 0" FROM reduced`)).toEqual([[5n]]);
  expect(await engine.run(othersSql(options))).toEqual([[ROW_CLASS.unsure], [0n], [1n]]);
});
