import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { IncompleteLoadError, load, type LoadOptions, type LoadProgress, type LoadReport } from "../src/index.ts";
import { loadLimitsDefaults } from "../src/limits.ts";
import { resolveSource } from "../src/s3/resolve-source.ts";
import { flight, openTestPlatform, type TestPlatform } from "./test-platform.ts";

let on: TestPlatform;

beforeAll(async () => {
  on = await openTestPlatform();
});
afterAll(async () => {
  await on.close();
});

function run(source: string, more: Partial<LoadOptions> = {}): Promise<LoadReport> {
  return load({ platform: on.platform, stores: on.stores, group: "routes", source, ...more });
}

async function failureOf(loading: Promise<LoadReport>): Promise<IncompleteLoadError> {
  const error = await loading.then(
    () => new Error("the load succeeded"),
    (reason: unknown) => reason,
  );
  if (error instanceof IncompleteLoadError) return error;
  throw error;
}

function ndjson(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

function csv(rows: readonly Record<string, unknown>[]): string {
  const columns = ["date", "delay", "distance", "origin", "destination"];
  return `${[columns.join(","), ...rows.map((row) => columns.map((name) => row[name]).join(","))].join("\n")}\n`;
}

function parquet(rows: readonly Record<string, unknown>[], rowGroupSize: number): Uint8Array {
  const column = (name: string): unknown[] => rows.map((row) => row[name]);
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: "date", data: column("date").map((date) => new Date(String(date))), type: "TIMESTAMP" },
        { name: "delay", data: column("delay") as number[], type: "INT32" },
        { name: "distance", data: column("distance") as number[], type: "INT32" },
        { name: "origin", data: column("origin") as string[], type: "STRING" },
        { name: "destination", data: column("destination") as string[], type: "STRING" },
      ],
      rowGroupSize,
    }),
  );
}

function flights(count: number, route: { origin: string; destination: string }): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, minute) => flight(minute, route));
}

describe("load", () => {
  test("takes every format under a prefix; repeated, it does nothing and says so", async () => {
    await on.put("all/a.parquet", parquet(flights(50, { origin: "AAA", destination: "BBB" }), 20));
    await on.put("all/b.ndjson", ndjson(flights(40, { origin: "BBB", destination: "CCC" })));
    await on.put("all/c.csv", csv(flights(30, { origin: "CCC", destination: "DDD" })));
    await on.put("all/d.csv.gz", gzipSync(csv(flights(20, { origin: "DDD", destination: "EEE" }))));
    await on.put("all/e.jsonl.gz", gzipSync(ndjson(flights(10, { origin: "EEE", destination: "FFF" }))));
    await on.put("all/_SUCCESS", "");
    const progress: LoadProgress[] = [];
    const source = `s3://${on.bucket}/all/`;
    const limits = { parquetPartRowsMax: 20 };
    const report = await run(source, { limits, onProgress: (state) => void progress.push(state) });
    expect(report).toMatchObject({ alreadyDone: false, units: 7, consumed: 150, deadLetters: null });
    expect(report.receipts).toMatchObject({ dead: 0, failed: 0, expired: 0 });
    expect(report.receipts.applied).toBeGreaterThanOrEqual(5);
    expect(progress.at(-1)).toMatchObject({ unitsDone: 7, unitsAll: 7, consumed: 150 });

    for (const [origin, destination, minute] of [
      ["AAA", "BBB", 49],
      ["CCC", "DDD", 29],
      ["EEE", "FFF", 9],
    ] as const) {
      const record = await on.platform.reader.get("routes", { origin, destination });
      expect(record?.features).toEqual({ delay: minute % 50, distance: 100 + minute });
    }

    const again = await run(source, { limits });
    expect(again).toEqual({
      ...report,
      alreadyDone: true,
      unitsBefore: 7,
      objects: [],
      durationMs: expect.any(Number),
    });
    const manifest = await on.put(
      "all.manifest.json",
      JSON.stringify({
        entries: ["e.jsonl.gz", "d.csv.gz", "c.csv", "b.ndjson", "a.parquet"].map((key) => ({
          url: `${source}${key}`,
        })),
      }),
    );
    expect(await run(manifest, { limits })).toMatchObject({ loadId: report.loadId, alreadyDone: true });
  });

  test("goes on after an interruption, with totals of all attempts", async () => {
    const source = await on.put("resume.ndjson", ndjson(flights(400, { origin: "GGG", destination: "HHH" })));
    const stop = new AbortController();
    const limits = { ndjsonRangeBytes: 2_000, unitsUnderWay: 1 };
    const onProgress = ({ unitsDone }: LoadProgress): void => {
      if (unitsDone === 3) stop.abort();
    };
    const error = await failureOf(run(source, { limits, onProgress, signal: stop.signal }));
    expect(error).toMatchObject({ code: "INTERRUPTED", report: { units: 3 } });

    const progress: LoadProgress[] = [];
    const report = await run(source, { limits, onProgress: (state) => void progress.push(state) });
    expect(report).toMatchObject({ loadId: error.report.loadId, consumed: 400, alreadyDone: false, unitsBefore: 3 });
    expect(progress[0]?.unitsBefore).toBe(3);
    expect(progress.at(-1)?.consumed).toBe(400 - error.report.consumed);
    expect(await run(source, { limits })).toMatchObject({ alreadyDone: true, consumed: 400, units: report.units });
  });

  test("says that it was interrupted, even before the first unit", async () => {
    const source = await on.put("early.ndjson", ndjson(flights(2, { origin: "GGG", destination: "HHI" })));
    await expect(run(source, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "INTERRUPTED" });
    expect(await run(source)).toMatchObject({ alreadyDone: false, consumed: 2 });
  });

  test("takes a gzip under a plain name, whether it is one range long or many", async () => {
    const rows = flights(300, { origin: "QQH", destination: "QQI" });
    const source = await on.put("plain-name.ndjson", gzipSync(ndjson(rows)));
    const limits = { ndjsonRangeBytes: 1_000 };
    expect(await run(source, { limits })).toMatchObject({ units: 1, consumed: 300, receipts: { dead: 0 } });
    expect(await run(source)).toMatchObject({ units: 1, consumed: 300, receipts: { dead: 0 } });
  });

  test("is another load for each content that comes back to an address", async () => {
    const route = { origin: "QQA", destination: "QQB" };
    const secondOf = async (delay: number): Promise<number> => {
      const source = await on.put("back.ndjson", ndjson([{ ...flight(1, route), delay }]));
      const { objects } = await resolveSource({
        s3: on.stores.s3,
        source,
        isManifest: false,
        limits: loadLimitsDefaults,
      });
      return objects[0]?.lastModifiedMs ?? 0;
    };
    let lastMs = 0;
    for (const delay of [1, 2, 1]) {
      // The time of last change is in whole seconds.
      await vi.waitUntil(async () => (await secondOf(delay)) > lastMs, { timeout: 30_000, interval: 50 });
      lastMs = await secondOf(delay);
      const report = await run(`s3://${on.bucket}/back.ndjson`);
      expect(report).toMatchObject({ alreadyDone: false, receipts: { applied: 1 } });
      expect((await on.platform.reader.get("routes", route))?.features).toMatchObject({ delay });
    }
  });

  test("is no success without one good row, or with more refused than may be, and ends the same way again", async () => {
    const good = flight(1, { origin: "QQF", destination: "QQG" });
    const bad = { ...good, delay: "late" };
    const none = await on.put("none.ndjson", ndjson([bad, bad, [1]]));
    for (const unitsBefore of [0, 1]) {
      const error = await failureOf(run(none));
      expect(error).toMatchObject({ code: "ROWS_REFUSED", retryable: false, report: { unitsBefore, consumed: 3 } });
      expect(error.message).toContain("none of its 3 rows is a record of the group");
      expect(error.message).toContain(`s3://${on.bucket}/dead-letters/`);
    }
    const some = await on.put("some.ndjson", ndjson([good, bad, [1]]));
    const error = await failureOf(run(some, { deadMax: { kind: "rows", rows: 1 } }));
    expect(error.report).toMatchObject({ alreadyDone: false, receipts: { applied: 1, dead: 2 } });
    expect(error.message).toContain(`2 of its 3 rows are refused, at most 1 may be: 1 `);
    expect(await run(some, { deadMax: { kind: "share", share: 0.7 } })).toMatchObject({ unitsBefore: 1, consumed: 3 });
    expect(await run(some)).toMatchObject({ alreadyDone: true });
    expect((await failureOf(run(some, { deadMax: { kind: "rows", rows: 0 } }))).code).toBe("ROWS_REFUSED");
  });

  test("keeps refused rows with place, reason and content", async () => {
    const good = flight(1, { origin: "III", destination: "JJJ" });
    const lines = [
      JSON.stringify(good),
      "{not json",
      JSON.stringify({ ...good, date: "2199-01-01T00:00:00Z" }),
      JSON.stringify({ ...good, origin: null }),
      "[1]",
      JSON.stringify({ ...good, delay: "late" }),
      JSON.stringify({ ...good, origin: "I#{}🙂" }),
      `{"id":"nested","x":${"[".repeat(6_000)}${"]".repeat(6_000)}}`,
    ];
    await on.put("dead/a.ndjson", lines.join("\n"));
    await on.put("dead/b.csv", `${csv([good])}1,2\n`);
    const report = await run(`s3://${on.bucket}/dead/`);
    expect(report).toMatchObject({ consumed: 10, receipts: { dead: 7 } });
    expect(report.deadLetters).toBe(`s3://${on.bucket}/dead-letters/${report.loadId}/`);
    const letters = await on.lines(`dead-letters/${report.loadId}/`);
    expect(Object.keys(letters)).toEqual(["00000-00000.ndjson", "00001-00000.ndjson"]);
    const ofFirst = letters["00000-00000.ndjson"] as { row: number; reason: string }[];
    expect(ofFirst.toSorted((left, right) => left.row - right.row).map(({ row, reason }) => [row, reason])).toEqual([
      [2, "invalid-json"],
      [3, "event-time-in-future"],
      [4, "missing-key-field"],
      [5, "not-an-object"],
      [6, "invalid-features"],
      [8, "missing-event-time"],
    ]);
    expect(letters["00001-00000.ndjson"]).toEqual([
      {
        unit: "00001-00000",
        object: `s3://${on.bucket}/dead/b.csv`,
        row: 3,
        reason: "wrong-column-count",
        detail: "the row has 2 fields, the header has 5",
        input: ["1", "2"],
      },
    ]);
  });

  test("keeps refused rows in the place of the settings, and takes none of them for data", async () => {
    await on.put("placed/a.ndjson", ndjson([flight(1, { origin: "III", destination: "KKK" }), [1]]));
    const letterPlace = { bucket: on.bucket, prefix: "placed/letters/" };
    const stores = { ...on.stores, letterPlace };
    const report = await run(`s3://${on.bucket}/placed/`, { stores });
    expect(report.deadLetters).toBe(`s3://${on.bucket}/placed/letters/${report.loadId}/`);
    expect(await run(`s3://${on.bucket}/placed/`, { stores })).toMatchObject({
      alreadyDone: true,
      passedOver: [{ reason: "dead-letters", objects: 1 }],
    });
  });

  test("fails for damaged objects, names each, and loads and keeps the others", async () => {
    const rows = flights(200, { origin: "KKK", destination: "LLL" });
    const whole = parquet(rows, 50);
    const damaged = whole.slice();
    damaged.fill(0xee, 40, 300);
    await on.put("damaged/a.ndjson.gz", gzipSync(ndjson(rows)).subarray(0, 300));
    await on.put("damaged/b.parquet", damaged);
    await on.put("damaged/c.parquet", whole.subarray(0, whole.length - 30));
    await on.put("damaged/d.csv", csv(rows).replace("origin", "from"));
    await on.put("damaged/e.ndjson", ndjson(rows));
    const source = `s3://${on.bucket}/damaged/`;
    const limits = { parquetPartRowsMax: 50 };
    const error = await failureOf(run(source, { limits }));
    expect(error.code).toBe("UNITS_FAILED");
    // The other three row groups of b and all of e.
    expect(error.report).toMatchObject({ units: 4, consumed: 350 });
    for (const text of [
      `${source}a.ndjson.gz: the gzip stream is truncated or damaged`,
      `${source}b.parquet: row group 0 cannot be decoded`,
      `${source}c.parquet: the file does not end in "PAR1"`,
      `${source}d.csv: the group needs the column "origin"; there are "date", "delay", "distance", "from"`,
    ]) {
      expect(error.message).toContain(text);
    }
    expect((await failureOf(run(source, { limits }))).report).toMatchObject({ units: 4, consumed: 350 });
  });

  test("stops with an object that is replaced meanwhile, and takes the new one when started again", async () => {
    const rows = flights(100, { origin: "MMM", destination: "NNN" });
    const source = await on.put("changed.ndjson", ndjson(rows));
    let replaced: Promise<unknown> | null = null;
    const limits = { ndjsonRangeBytes: 2_000, unitsUnderWay: 1 };
    // The first unit is written; replace the object before the second is read.
    const writer: typeof on.platform.writer = {
      ...on.platform.writer,
      async writeMany(changes, options) {
        replaced ??= on.put("changed.ndjson", ndjson(flights(300, { origin: "MMM", destination: "NNN" })));
        await replaced;
        return on.platform.writer.writeMany(changes, options);
      },
    };
    const error = await failureOf(run(source, { limits, platform: { ...on.platform, writer } }));
    expect(error.failures[0]).toMatchObject({ code: "OBJECT_CHANGED", object: source });
    expect(error.message).toContain("Start the load again");
    const report = await run(source, { limits });
    expect(report).toMatchObject({ consumed: 300, alreadyDone: false });
    expect(report.loadId).not.toBe(error.report.loadId);
  });

  test.each([
    ["a group that is not defined", "nope", "ok.ndjson", "nope"],
    ["an object that is not there", "routes", "absent.ndjson", "cannot find s3://"],
    ["a prefix without objects", "routes", "absent/", "there is no object under"],
    ["a name that says nothing", "routes", "strange.xml", "supported are .parquet"],
  ])("refuses %s", async (_, group, key, message) => {
    await on.put("ok.ndjson", "{}\n");
    await on.put("strange.xml", "<a/>");
    await expect(run(`s3://${on.bucket}/${key}`, { group })).rejects.toThrow(message);
  });

  test("refuses a load id that belongs to other objects", async () => {
    const first = await on.put("id-a.ndjson", ndjson(flights(1, { origin: "OOO", destination: "PPP" })));
    const second = await on.put("id-b.ndjson", ndjson(flights(2, { origin: "OOO", destination: "PPP" })));
    expect(await run(first, { loadId: "nightly" })).toMatchObject({ loadId: "nightly", consumed: 1 });
    await expect(run(second, { loadId: "nightly" })).rejects.toThrow('the load id "nightly" belongs to a load');
    await expect(run(second, { loadId: "a#b" })).rejects.toThrow("is not allowed");
  });
});
