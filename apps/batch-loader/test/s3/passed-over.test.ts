import { describe, expect, test } from "vitest";
import { globPattern } from "../../src/s3/glob-pattern.ts";
import { type PassedOverReason, passOverUnder } from "../../src/s3/passed-over.ts";

const passOver = passOverUnder("in/");
const reasonOf = (path: string, size = 1): PassedOverReason | null => passOver({ key: `in/${path}`, size });

describe("passOverUnder", () => {
  test.each([
    ["_temporary/0/_temporary/attempt_1/part-0.parquet", "hidden"],
    [".spark-staging-1/dt=1/part-0.parquet", "hidden"],
    ["_change_data/cdc-0.parquet", "hidden"],
    ["_delta_log/00000000000000000010.checkpoint.parquet", "hidden"],
    ["_delta_log/00000000000000000001.json", "hidden"],
    ["_spark_metadata/0", "hidden"],
    [".hoodie/archived/x.parquet", "hidden"],
    [".hoodie/hoodie.properties", "hidden"],
    [".hive-staging_x/-ext-10000/000000_0.csv", "hidden"],
    ["_impala_insert_staging/x.parquet", "hidden"],
    [".ipynb_checkpoints/a-checkpoint.csv", "hidden"],
    [".Trash/a.csv", "hidden"],
    ["__MACOSX/._a.csv", "hidden"],
    ["__magic/job/x.pendingset", "hidden"],
    ["+tmp/topic/a.parquet", "hidden"],
    ["dt=1/_temporary/a.csv", "hidden"],
    ["_SUCCESS", "hidden"],
    [".a.csv.crc", "hidden"],
    ["", "folder"],
    ["a/", "folder"],
    ["a_$folder$", "marker"],
    ["part-0-0.inprogress.3f.ndjson", "marker"],
    ["part-0-0.ndjson.inprogress.3f", "marker"],
    ["part-0-0.pending", "marker"],
    ["a.csv._COPYING_", "marker"],
    ["3f-2a.csv.metadata", "marker"],
    ["metadata/00001-3f.metadata.json", "marker"],
    ["metadata/snap-1.avro", "marker"],
    ["metadata/v1.json", "marker"],
    ["a.csv.md5", "marker"],
    ["a.csv.sha256", "marker"],
    ["manifest", "marker"],
    ["unload.manifest.json", "marker"],
    ["a.csv.tmp", "marker"],
    ["a.csv~", "marker"],
  ] as const)("passes over %s: %s", (path, reason) => expect(reasonOf(path)).toBe(reason));

  test.each([
    "a.csv",
    "dt=2024-01-01/_hour=1/a.ndjson",
    "x=__HIVE_DEFAULT_PARTITION__/a.parquet",
    "a_b/c.d/e.csv",
    "metadata/a.ndjson",
    "temporary/a.csv",
    "dead-letters/a.ndjson",
    // Neither data nor known: refused, not passed over.
    "notes.txt",
  ])("does not pass over %s", (path) => expect(reasonOf(path)).toBeNull());

  test("passes over objects without bytes, whatever they are called", () => {
    expect(["a.csv", "a.parquet", "b"].map((path) => reasonOf(path, 0))).toEqual(["empty", "empty", "empty"]);
  });

  test("looks at names below the prefix only", () => {
    const key = "a/_temporary/b.csv";
    expect(passOverUnder("a/_temporary/")({ key, size: 1 })).toBeNull();
    expect(passOverUnder("a/")({ key, size: 1 })).toBe("hidden");
  });

  test("passes over the dead letters of earlier loads where the whole bucket is loaded", () => {
    expect(passOverUnder("")({ key: "dead-letters/x/0.ndjson", size: 1 })).toBe("dead-letters");
    const key = "ops/letters/x/0.ndjson";
    const under = (prefix: string): PassedOverReason | null =>
      passOverUnder(prefix, undefined, ["ops/letters/"])({ key, size: 1 });
    expect([under(""), under("ops/"), under("ops/letters/"), under("ops/letters/x/")]).toEqual([
      "dead-letters",
      "dead-letters",
      null,
      null,
    ]);
  });

  test("takes what a pattern includes and none excludes", () => {
    const filtered = passOverUnder("in/", { include: ["*.csv", "b/**"], exclude: ["**/old/*"] });
    const of = (path: string): PassedOverReason | null => filtered({ key: `in/${path}`, size: 1 });
    expect(["a.csv", "x/y.csv", "b/c/d.ndjson"].map(of)).toEqual([null, null, null]);
    expect(["a.ndjson", "b/old/c.csv", "old/c.csv"].map(of)).toEqual(["not-included", "excluded", "excluded"]);
    expect(of("_temporary/a.csv")).toBe("hidden");
  });
});

describe("globPattern", () => {
  test.each([
    ["*.csv", "a/b.csv", true],
    ["*.csv", "a/b.csv.gz", false],
    ["a/*", "a/b", true],
    ["a/*", "a/b/c", false],
    ["a/**", "a/b/c", true],
    ["**/c", "c", true],
    ["**/c", "a/b/c", true],
    ["a/**/c", "a/c", true],
    ["a?.csv", "ab.csv", true],
    ["a?.csv", "a/.csv", false],
    ["a.[x](y)+$", "a.[x](y)+$", true],
    ["a.b", "axb", false],
  ])("%s and %s: %s", (glob, path, fits) => expect(globPattern(glob).test(path)).toBe(fits));
});
