/**
 * Reduced loads whose receipts are not those of a plain reduction: records of erased persons, and groups whose schema
 * checks the winners alone.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoadEngine } from "@trilane/batch-loader/reading";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DuckDbFiles } from "../../../src/generate/parquet/duckdb-files.ts";
import { loadInMemory } from "../../../src/generate/reduction/load-in-memory.ts";
import { configOf, NOW_MS, type ReductionCase } from "../../../src/generate/reduction/reduction-case.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "trilane-erased-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const column = (name: string, type: "text" | "bigint", values: readonly (string | bigint)[]) => ({
  name,
  type: { kind: "scalar" as const, name: type },
  values,
});

test("an erased record that would have lost is erased, and one that would have won lets the next one win", async () => {
  const timesMs = [3, 2, 1, 4].map((minutes) => BigInt(NOW_MS - minutes * 60_000));
  const file = {
    columns: [
      column("k0", "text", ["a", "a", "b", "b"]),
      column("t", "bigint", timesMs),
      column("p", "text", ["erased", "other", "erased", "other"]),
      column("f0", "bigint", [1n, 2n, 3n, 4n]),
    ],
    rows: 4,
    writing: { writer: "duckdb", codec: "ZSTD", version: "V1", hasDictionary: true, doublings: 0 },
    recordsPerSlice: 100,
  } as const;
  const one: ReductionCase = {
    group: {
      keys: [{ type: "text", declared: "text" }],
      time: { type: "bigint", unit: "ms", isKey: false },
      hasSequence: false,
      person: "text",
      fields: [{ type: "bigint", accepts: "integer", wrapping: "none" }],
      checksWinners: false,
    },
    objects: [{ file, lastModifiedMs: NOW_MS, damagedAt: null, isLate: false }],
    isInSteps: false,
    erased: [{ person: "erased", untilMs: NOW_MS }],
    killedAt: null,
  };
  const { reduced, byRows } = await loadBothWays(one, file, file.writing);
  expect(reduced.reducedUnits).toBe(1);
  expect(reduced.counts).toMatchObject({ applied: 2, erased: 2, superseded: 0 });
  expect(reduced.records).toEqual(byRows.records);
  expect(byRows.counts).toMatchObject({ applied: 2, erased: 2, superseded: 0 });
});

test("a schema that checks winners refuses some of them, and rows that lose are superseded unchecked", async () => {
  // The schema refuses texts that begin with 1.
  const ofA = ["1 loses unchecked", "stays", "1 is refused", "1 is refused first"];
  const ofB = ["stays", "1 is checked row by row", "1", "1", "1", "1"];
  const rows = ofA.length + ofB.length;
  const file = {
    columns: [
      column("k0", "text", [...ofA.map(() => "a"), ...ofB.map(() => "b")]),
      column(
        "t",
        "bigint",
        [...ofA.keys(), ...ofB.keys()].map((second) => BigInt(NOW_MS - 60_000 + second * 1_000)),
      ),
      column("p", "text", [...ofA, ...ofB]),
      column("f0", "text", [...ofA, ...ofB]),
    ],
    rows,
    writing: { writer: "duckdb", codec: "ZSTD", version: "V1", hasDictionary: true, doublings: 0 },
    recordsPerSlice: 100,
  } as const;
  const one: ReductionCase = {
    group: {
      keys: [{ type: "text", declared: "text" }],
      time: { type: "bigint", unit: "ms", isKey: false },
      hasSequence: false,
      person: null,
      fields: [{ type: "text", accepts: "text", wrapping: "none" }],
      checksWinners: true,
    },
    objects: [{ file, lastModifiedMs: NOW_MS, damagedAt: null, isLate: false }],
    isInSteps: false,
    erased: [],
    killedAt: null,
  };
  const { reduced, byRows } = await loadBothWays(one, file, file.writing);
  expect(reduced.reducedUnits).toBe(1);
  expect(reduced.records).toEqual(byRows.records);
  expect(byRows.counts).toMatchObject({ dead: 8 });
  expect(reduced.counts).toMatchObject({ applied: 2, superseded: 1, dead: 7 });
  expect(byRows.letters.filter((letter) => !reduced.letters.includes(letter))).toMatchObject([
    expect.stringContaining("1 loses unchecked"),
  ]);
});

/** Loads the one object of a case by the engine, and row by row. */
async function loadBothWays(
  one: ReductionCase,
  ...written: Parameters<DuckDbFiles["write"]>
): Promise<Record<"reduced" | "byRows", Awaited<ReturnType<typeof loadInMemory>>>> {
  const files = await DuckDbFiles.open();
  const contents = [new Uint8Array(await files.write(...written))];
  await files.close();
  const config = configOf(one.group);
  const engine = new LoadEngine({ memoryBytes: 536_870_912, threads: 1, folder });
  const reduced = await loadInMemory({ one, contents, config, engine, isDisturbed: false });
  const byRows = await loadInMemory({ one, contents, config, engine: null, isDisturbed: false });
  return { reduced, byRows };
}
