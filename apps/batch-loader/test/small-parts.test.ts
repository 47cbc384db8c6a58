import { defineConfig, type FeatureGroup, type GroupDefinition } from "@trilane/feature-groups";
import { describe, expect, test } from "vitest";
import { readCommandLine } from "../src/config.ts";
import { letterText } from "../src/letter-text.ts";
import type { LoadProgress } from "../src/report.ts";
import { parseManifest } from "../src/s3/manifest.ts";
import { formatOf } from "../src/formats/index.ts";
import { bigIntOf, decimalOf } from "../src/formats/parquet/parsers.ts";
import { reportProgress } from "../src/report/progress-reporter.ts";
import { parseS3Uri } from "../src/s3/resolve-source.ts";
import { loadIdentity, type SourceObject, placesOf } from "../src/s3/source-object.ts";

describe("formatOf", () => {
  test.each([
    ["a/b.parquet", { content: "parquet", isGzipped: false }],
    ["b.NDJSON", { content: "ndjson", isGzipped: false }],
    ["b.jsonl.gz", { content: "ndjson", isGzipped: true }],
    ["x.2001.csv.gz", { content: "csv", isGzipped: true }],
    ["b.parquet.gz", null],
    ["b.json", null],
    ["csv", null],
    ["b.constructor", null],
  ])("%s", (key, expected) => expect(formatOf(key)).toEqual(expected));
});

describe("addresses", () => {
  test("are read, or refused with an example", () => {
    expect(parseS3Uri("s3://my-bucket/a b/ü.csv")).toEqual({ bucket: "my-bucket", key: "a b/ü.csv" });
    expect(parseS3Uri("s3://my-bucket")).toEqual({ bucket: "my-bucket", key: "" });
    expect(() => parseS3Uri("/tmp/a.csv")).toThrow("expected s3://bucket/key");
  });

  test("a manifest lists them in the forms in use", () => {
    const text =
      '{"entries":[{"url":"s3://bucket/a.csv","mandatory":true},{"url":"s3://bucket/b.csv","etag":"x"},"s3://bucket/c.csv"]}';
    expect(parseManifest("m", text).map(({ uri, etag }) => [uri, etag])).toEqual([
      ["s3://bucket/a.csv", null],
      ["s3://bucket/b.csv", "x"],
      ["s3://bucket/c.csv", null],
    ]);
    for (const bad of ["{", "{}", "[]", "[1]", '{"entries":[{"url":1}]}']) {
      expect(() => parseManifest("s3://bucket/m.json", bad)).toThrow("s3://bucket/m.json");
    }
  });
});

/** A schema without a library. */
function schemaOf(limit: number): GroupDefinition["schema"] {
  const validate = (value: unknown): { value: object } => ({ value: value as object });
  return { "~standard": { version: 1, vendor: "none", validate }, limit } as GroupDefinition["schema"];
}

describe("loadIdentity", () => {
  const object: SourceObject = {
    bucket: "b",
    key: "k.csv",
    etag: '"1"',
    size: 1,
    lastModifiedMs: 0,
    format: { content: "csv", isGzipped: false },
  };
  const group = { key: ["id"], eventTime: { from: "source" }, schema: schemaOf(1), ttlMs: 1 } as const;
  const identity = (name: string, objects: readonly SourceObject[], more: Partial<GroupDefinition> = {}): string => {
    const { groups } = defineConfig({ groups: { [name]: { ...group, ...more } } });
    return loadIdentity({ group: groups[name] as FeatureGroup, objects, ndjsonRangeBytes: 1 });
  };

  test("follows from the group's definition, the objects, their contents and their times", () => {
    const same = identity("routes", [object]);
    expect(identity("routes", [{ ...object, size: 2 }])).toBe(same);
    const others = [
      identity("other", [object]),
      identity("routes", [object], { schemaVersion: 2 }),
      identity("routes", [object], { schema: schemaOf(2) }),
      identity("routes", [{ ...object, etag: '"2"' }]),
      identity("routes", [{ ...object, lastModifiedMs: 1_000 }]),
      identity("routes", [object, object]),
    ];
    expect(new Set([same, ...others]).size).toBe(7);
  });
});

describe("placesOf", () => {
  const object: SourceObject = {
    bucket: "b",
    key: "k.csv",
    etag: '"1"',
    size: 1,
    lastModifiedMs: 1_700_000_000_000,
    format: { content: "csv", isGzipped: false },
  };

  test("are the same for the same object, whether its ETag came with quotes or not", () => {
    expect(placesOf({ ...object, etag: "1" })(7)).toBe(placesOf(object)(7));
  });

  test("of another content at one address within a second are all above or all below", () => {
    const [one, other] = [placesOf(object), placesOf({ ...object, etag: '"2"' })];
    const isAbove = one(0) > other(0);
    for (const row of [0, 1, 1_000_000]) expect(one(row) > other(1_000_000 - row)).toBe(isAbove);
  });
});

describe("values", () => {
  test("decimals are exact", () => {
    expect([decimalOf(5n, 3), decimalOf(-5n, 1), decimalOf(0n, 2), decimalOf(12n, 0)]).toEqual([0.005, -0.5, 0, 12n]);
    expect(decimalOf(-(10n ** 20n) - 1n, 4)).toBe("-10000000000000000.0001");
    expect([bigIntOf(new Uint8Array([0xff, 0x38])), bigIntOf(new Uint8Array([0, 0xc8]))]).toEqual([-200n, 200n]);
  });

  test("dead letters hold anything as JSON", () => {
    const input = {
      a: 5n,
      b: 2n ** 60n,
      c: new Uint8Array([1, 2]),
      d: undefined,
      e: [new Date(0), null, [], {}],
      f: 'x"\n',
      'g"': [Number.NaN, -1.5, true],
    };
    expect(JSON.parse(letterText(input))).toEqual({
      a: 5,
      b: "1152921504606846976",
      c: { $bytes: "AQI=" },
      d: null,
      e: ["1970-01-01T00:00:00.000Z", null, [], {}],
      f: 'x"\n',
      'g"': [{ $number: "NaN" }, -1.5, true],
    });
  });

  test("dead letters hold a row however deep it is nested, to its last bracket", () => {
    const [open, close] = ["[".repeat(100_000), "]".repeat(100_000)];
    expect(letterText(JSON.parse(`{"id":"bad","x":${open}1${close}}`))).toBe(`{"id":"bad","x":${open}1${close}}`);
    const objects = `${'{"a":'.repeat(100_000)}null${"}".repeat(100_000)}`;
    expect(letterText(JSON.parse(objects))).toBe(objects);
  });
});

describe("the command line", () => {
  test("is read", () => {
    expect(readCommandLine(["--group", "routes", "s3://b/x/", "--json"])).toEqual({
      kind: "load",
      arguments: {
        group: "routes",
        source: "s3://b/x/",
        isManifest: false,
        isJson: true,
        loadId: null,
        filter: { include: [], exclude: [] },
        deadMax: null,
      },
    });
    const patterns = ["--include", "*.csv", "--include", "a/**", "--exclude", "b/**"];
    expect(readCommandLine(["--group", "routes", "s3://b/x/", ...patterns])).toMatchObject({
      arguments: { filter: { include: ["*.csv", "a/**"], exclude: ["b/**"] } },
    });
    expect(readCommandLine(["--help"])).toEqual({ kind: "help" });
  });

  test.each([
    [["s3://b/x/"]],
    [["--group", "routes"]],
    [["--group", "routes", "a", "b"]],
    [["--nope"]],
    [["--group", "a", "b", "--dead-max", "few"]],
  ])("is refused: %s", (args) => expect(readCommandLine(args).kind).toBe("wrong"));
});

describe("reportProgress", () => {
  const receipts = { applied: 3, superseded: 4, duplicate: 0, expired: 0, dead: 0, failed: 0 };
  const state: LoadProgress = { unitsDone: 0, unitsAll: 4, unitsBefore: 0, consumed: 7, receipts, elapsedMs: 1_000 };
  const at = (unitsDone: number): LoadProgress => ({ ...state, unitsDone });

  test("draws over one line on a terminal and writes lines elsewhere, by itself until the end", () => {
    for (const isTTY of [true, false]) {
      const timers: (() => void)[] = [];
      let cancelled = 0;
      const written: string[] = [];
      const clock = {
        schedule(_: number, callback: () => void): () => void {
          timers.push(callback);
          return () => void (cancelled += 1);
        },
      };
      const output = { isTTY, write: (text: string): void => void written.push(text) };
      const reporter = reportProgress(output, clock);
      for (let unit = 0; unit < 4; unit += 1) reporter.onProgress(at(unit));
      timers.at(-1)?.();
      reporter.finish();
      const text = written.join("");
      expect(text.match(/\d\/4 units/g)).toEqual(["0/4 units", "3/4 units", "3/4 units"]);
      expect(text).toContain("3/4 units, 7 records, 7/s: applied 3, superseded 4");
      expect(text.includes("\r")).toBe(isTTY);
      expect(text.endsWith("\n")).toBe(true);
      expect([timers.length, cancelled]).toEqual([2, 1]);
    }
  });
});
