import { describe, expect, test } from "vitest";
import { csv } from "../../src/formats/csv/format.ts";
import type { FormatOptions, OpenFormat } from "../../src/formats/format.ts";
import { byExtension, formatOf, NAME_ENDS, openFormats } from "../../src/formats/index.ts";
import { ndjson } from "../../src/formats/ndjson/format.ts";
import { parquet } from "../../src/formats/parquet/format.ts";
import { loadLimitsDefaults } from "../../src/limits.ts";

describe("formatOf", () => {
  test.each([
    ["a/b.parquet", { format: parquet, compression: null }],
    ["b.NDJSON", { format: ndjson, compression: null }],
    ["b.jsonl.gz", { format: ndjson, compression: "gzip" }],
    ["x.2001.csv.gz", { format: csv, compression: "gzip" }],
    ["x.csv.zst", { format: csv, compression: "zstd" }],
    ["x.parquet.zst", null],
    ["b.parquet.gz", null],
    ["b.json", null],
    ["csv", null],
    ["b.constructor", null],
  ])("%s", (key, expected) => expect(formatOf(key)).toEqual(expected));

  test("takes each of the names that it offers, and no other", () => {
    const offered = NAME_ENDS.split(", ");
    const texts = [".ndjson", ".jsonl", ".csv"].flatMap((end) => [end, `${end}.gz`, `${end}.zst`]);
    expect(offered).toEqual([".parquet", ...texts]);
    for (const end of offered) expect(formatOf(`a${end}`)).not.toBeNull();
    expect(formatOf("a.orc")).toBeNull();
  });
});

describe("byExtension", () => {
  test("refuses a second format for names that one has", () => {
    expect(() => byExtension([csv, { ...ndjson, extensions: ["txt", "csv"] }])).toThrow("two formats claim");
  });
});

describe("openFormats", () => {
  test("opens a format once for a load, however many objects have it", () => {
    let opened = 0;
    const counted = {
      ...csv,
      open(options: FormatOptions): OpenFormat {
        opened += 1;
        return csv.open(options);
      },
    };
    const formats = openFormats({ columnsNeeded: [], columnsTaken: null, limits: loadLimitsDefaults });
    expect(formats(counted)).toBe(formats(counted));
    expect(opened).toBe(1);
  });
});
