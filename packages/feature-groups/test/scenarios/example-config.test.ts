/**
 * The configuration at the root of the repository, with the data for which it
 * is made.
 */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { decodePayload, groupOf, loadConfig, parseRecord } from "../../src/index.ts";
import { flight, recordOf } from "../fixtures.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../../..");
const config = await loadConfig(join(root, "trilane.config.ts"));
/** A moment long after the flights, at which they must not have expired. */
const context = { lane: "batch", nowMs: Date.UTC(2030, 0, 1) } as const;
const AIRPORTS = 3_376;

describe("trilane.config.ts", () => {
  test("defines the groups of the examples", () => {
    expect(Object.keys(config.groups)).toEqual(["routes", "departures", "airports"]);
  });

  test("takes flights of 2001 from files and streams, decades later", () => {
    const parquet = { ...flight, date: 980_928_300_000_000n, delay: -3n, distance: 679n };
    for (const name of ["routes", "departures"]) {
      const group = groupOf(config, name);
      const fromFile = recordOf(parseRecord(group, parquet, context));
      expect(recordOf(parseRecord(group, flight, context))).toEqual(fromFile);
      expect(fromFile.key).toMatch(/^(routes|departures)#SEA#SFO/);
    }
  });

  test("takes every airport of the file", async () => {
    const file = join(root, "node_modules/vega-datasets/data/airports.csv");
    const [header = [], ...rows] = parseCsv(await readFile(file, "utf8"));
    const airports = groupOf(config, "airports");
    const records = rows.map((row) => {
      const input = Object.fromEntries(header.map((name, index) => [name, row[index]]));
      return recordOf(parseRecord(airports, input, { ...context, sourceTimeUs: 1_700_000_000_000_000 }));
    });
    expect(new Set(records.map((record) => record.key)).size).toBe(AIRPORTS);
    const union = records.find((record) => record.key === "airports#35A");
    expect(decodePayload(union?.payload ?? new Uint8Array()).features).toMatchObject({
      name: "Union County, Troy Shelton",
      latitude: 34.68680111,
    });
  });
});

/** Parses lines of fields, some of them in quotes, which is enough for this file. */
function parseCsv(text: string): string[][] {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map(([, quoted, plain = ""]) => quoted ?? plain),
    );
}
