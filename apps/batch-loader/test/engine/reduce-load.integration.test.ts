/** Whole loads on real servers, reduced by the engine before they are written. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LoadEngine } from "../../src/engine/load-engine.ts";
import { IncompleteLoadError, load, type LoadProgress, type LoadReport } from "../../src/index.ts";
import { loadLimitsDefaults } from "../../src/limits.ts";
import { openTestPlatform, type TestPlatform } from "../test-platform.ts";

let bench: TestPlatform;

beforeAll(async () => {
  bench = await openTestPlatform();
});

afterAll(() => bench.close());

const ROWS = 6_000;
const ROUTES = 30;
const BAD_ROWS = [1, 2_500, 5_999];
const limits = { ...loadLimitsDefaults, engineRowsMin: 0, enginePartBytes: 4_096, parquetPartRowsMax: 1_000 };

/** Flights of a few routes in the order of their dates, of which some rows have no origin. */
function flightsFile(): Uint8Array {
  const rows = Array.from({ length: ROWS }, (_, row) => row);
  return new Uint8Array(
    parquetWriteBuffer({
      rowGroupSize: 1_000,
      columnData: [
        {
          name: "date",
          type: "TIMESTAMP",
          data: rows.map((row) => new Date(Date.UTC(2001, 0, 1) + (row >> 1) * 60_000)),
        },
        { name: "delay", type: "INT64", data: rows.map((row) => BigInt(row % 50)) },
        { name: "distance", type: "INT64", data: rows.map((row) => BigInt(row)) },
        { name: "origin", type: "STRING", data: rows.map((row) => (BAD_ROWS.includes(row) ? "" : `O${row % ROUTES}`)) },
        { name: "destination", type: "STRING", data: rows.map(() => "SEA") },
      ],
    }),
  );
}

async function loaded(key: string, options: Partial<Parameters<typeof load>[0]> = {}): Promise<LoadReport> {
  const source = await bench.put(key, flightsFile());
  return load({ platform: bench.platform, stores: bench.stores, group: "routes", source, limits, ...options });
}

/** The features of all routes. Another upload is another object, so its versions differ. */
async function storedRoutes(): Promise<readonly unknown[]> {
  const keys = Array.from({ length: ROUTES }, (_, route) => ({ origin: `O${route}`, destination: "SEA" }));
  const found = await Promise.all(keys.map((key) => bench.platform.reader.get("routes", key)));
  return found.map((record) => record?.features ?? null);
}

test("a load writes each key once, and tells each row's receipt and each refused row as the row path does", async () => {
  const reduced = await loaded("reduced/a.parquet");
  expect(reduced.reduced).toMatchObject({ units: 6, rows: ROWS, rowByRow: [] });
  const { receipts } = reduced;
  expect(receipts).toMatchObject({
    applied: ROUTES,
    superseded: ROWS - ROUTES - BAD_ROWS.length,
    dead: BAD_ROWS.length,
  });
  expect(reduced.objects[0]?.receipts).toEqual(receipts);
  const after = await storedRoutes();
  const letters = async (report: LoadReport): Promise<readonly unknown[]> =>
    Object.values(await bench.lines(`dead-letters/${report.loadId}/`))
      .flat()
      .map((letter) => ({ ...(letter as object), unit: "", object: "" }))
      .toSorted((left, right) => JSON.stringify(left).localeCompare(JSON.stringify(right)));
  const byRows = await loaded("rows/a.parquet", { stores: { ...bench.stores, engine: null } });
  expect(byRows.reduced).toMatchObject({ units: 0, rowByRow: [] });
  expect(await letters(reduced)).toEqual(await letters(byRows));
  expect(after).toEqual(await storedRoutes());
  expect(after).not.toContain(null);
});

test("a load that is interrupted between two parts goes on with the parts that are left", async () => {
  const stop = new AbortController();
  let parts = 0;
  const first = loaded("resumed/a.parquet", {
    signal: stop.signal,
    onProgress: ({ consumed }) => {
      if (consumed > 0) parts += 1;
      if (parts === 1) stop.abort(new Error("stop"));
    },
  });
  const error = await first.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(IncompleteLoadError);
  expect(error).toMatchObject({ code: "INTERRUPTED" });
  const source = `s3://${bench.bucket}/resumed/a.parquet`;
  const report = await load({ platform: bench.platform, stores: bench.stores, group: "routes", source, limits });
  expect(report).toMatchObject({ consumed: ROWS, reduced: { units: 6 } });
  const { applied, duplicate, superseded, dead } = report.receipts;
  expect([applied + duplicate + superseded, dead]).toEqual([ROWS - BAD_ROWS.length, BAD_ROWS.length]);
  const again = await load({ platform: bench.platform, stores: bench.stores, group: "routes", source, limits });
  expect(again).toMatchObject({ alreadyDone: true, receipts: report.receipts });
});

test("a load whose engine is killed while it writes goes on row by row, to the same end", async () => {
  let killed = 0;
  const onProgress = ({ consumed }: LoadProgress): void => {
    if (consumed === 0 || killed > 0) return;
    for (const id of engineIds()) {
      process.kill(id, "SIGKILL");
      killed += 1;
    }
  };
  const report = await loaded("killed/a.parquet", { onProgress });
  expect(killed).toBe(1);
  const reason = expect.stringContaining("the engine has ended: it ended with SIGKILL");
  expect(report.reduced.rowByRow).toMatchObject([{ reason, units: 6 }]);
  const after = await storedRoutes();
  await loaded("whole/a.parquet", { stores: { ...bench.stores, engine: null } });
  expect(after).toEqual(await storedRoutes());
});

/** The engines among the children of this process. */
function engineIds(): readonly number[] {
  const children = readdirSync("/proc/self/task").flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" "),
  );
  const isEngine = (id: string): boolean =>
    id !== "" && readFileSync(`/proc/${id}/cmdline`, "utf8").includes("engine/main.ts");
  return children.filter(isEngine).map(Number);
}

test("a group that the engine cannot judge goes row by row, and its report says why", async () => {
  const { config } = bench.platform;
  const { routes } = config.groups;
  const strict = { ...routes, recordTtl: { field: "lives", unit: "s" } as const };
  const groups = { ...config.groups, routes: strict };
  const platform = { ...bench.platform, config: { ...config, groups } } as typeof bench.platform;
  const report = await loaded("ending/a.parquet", { platform });
  expect(report.reduced.rowByRow).toMatchObject([
    { reason: expect.stringContaining("has records that end by themselves"), units: 6 },
  ]);
});

test("without the engine a load goes row by row, and its report says so once", async () => {
  const program = fileURLToPath(new URL("missing-engine.ts", import.meta.url));
  const engine = new LoadEngine({ memoryBytes: 536_870_912, threads: 1, program });
  const report = await loaded("missing/a.parquet", { stores: { ...bench.stores, engine } });
  expect(report).toMatchObject({ consumed: ROWS, reduced: { units: 0, rows: 0 } });
  expect(report.reduced.rowByRow).toMatchObject([{ reason: expect.stringContaining("not installed"), units: 6 }]);
});
