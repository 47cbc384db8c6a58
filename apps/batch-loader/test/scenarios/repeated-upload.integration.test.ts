/**
 * Measures the cost of loading an unchanged file that was uploaded again: its
 * rows come later in the source, so they are written again. The calls of the
 * store are printed.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { createDynamoDb, type Settings } from "@trilane/lane-kit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { load, type LoadReport } from "../../src/index.ts";
import { flight, openTestPlatform, type TestPlatform } from "../test-platform.ts";

const KEYS = 1_000;
const WAITED = { timeout: 30_000, interval: 20 };
const MS_PER_SECOND = 1_000;

interface StoreCalls {
  /** Requests; one carries up to 25 puts, or 100 reads. */
  requests: number;
  /** Keys that were put, accepted or not, and keys that were read. */
  puts: number;
  reads: number;
}

let on: TestPlatform;
const calls: StoreCalls = { requests: 0, puts: 0, reads: 0 };
const table: string[][] = [];

beforeAll(async () => {
  on = await openTestPlatform({ createDynamoDb: countingDynamoDb });
});
afterAll(async () => {
  process.stdout.write(`\n${table.map((cells) => cells.join(" | ")).join("\n")}\n\n`);
  await on.close();
});

function countingDynamoDb(settings: Settings): DynamoDBClient {
  const client = createDynamoDb(settings);
  client.middlewareStack.add(
    (next, context) => (args) => {
      count(String(context.commandName), args.input as Readonly<Record<string, unknown>>);
      return next(args);
    },
    { step: "initialize" },
  );
  return client;
}

/** Counts only records: checkpoints, the cache epoch record and marks have keys that begin with "#". */
function count(command: string, input: Readonly<Record<string, unknown>>): void {
  const text = JSON.stringify(input, (_name, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  const keys = text.split('"routes#').length - 1;
  if (keys === 0) return;
  calls.requests += 1;
  if (command.startsWith("Get") || command.startsWith("BatchGet")) calls.reads += keys;
  else calls.puts += keys;
}

const rowsOf = (start: string): readonly Record<string, unknown>[] =>
  Array.from({ length: KEYS }, (_, index) => flight(index, { origin: start, destination: `D${index}` }));
const ndjson = (start: string): string =>
  rowsOf(start)
    .map((row) => `${JSON.stringify(row)}\n`)
    .join("");

async function uploaded(key: string, body: string): Promise<number> {
  await on.put(key, body);
  const { LastModified } = await on.stores.s3.send(new HeadObjectCommand({ Bucket: on.bucket, Key: key }));
  return Math.floor(Number(LastModified) / MS_PER_SECOND);
}

/** Loads the object, and loads it again after another upload, under its own name or another one. */
async function loadTwice(start: string, { isHot, again }: { isHot: boolean; again: string }): Promise<LoadReport> {
  const [key, body] = [`${start}.ndjson`, ndjson(start)];
  const second = await uploaded(key, body);
  const loaded = (name: string) =>
    load({ platform: on.platform, stores: on.stores, group: "routes", source: `s3://${on.bucket}/${name}` });
  expect((await loaded(key)).receipts.applied).toBe(KEYS);
  if (isHot) await on.platform.reader.getMany(rowsOf(start).map((row) => ({ group: "routes", key: row as never })));
  await vi.waitUntil(async () => (await uploaded(again, body)) > second, WAITED);
  Object.assign(calls, { requests: 0, puts: 0, reads: 0 });
  const report = await loaded(again);
  const { applied, superseded, duplicate } = report.receipts;
  const receipts = report.alreadyDone ? "already done" : `${applied} applied, ${superseded + duplicate} not`;
  table.push([start, receipts, `${calls.requests} requests`, `${calls.puts} puts`, `${calls.reads} reads`]);
  return report;
}

test.each([
  ["hot-same-name", { isHot: true, again: "hot-same-name.ndjson" }],
  ["cold-same-name", { isHot: false, again: "cold-same-name.ndjson" }],
  ["hot-other-name", { isHot: true, again: "hot-other-name-2.ndjson" }],
  ["cold-other-name", { isHot: false, again: "cold-other-name-2.ndjson" }],
])("%s: each row of an unchanged file that was uploaded again is put, and none is read", async (start, options) => {
  const report = await loadTwice(start, options);
  expect(report).toMatchObject({ alreadyDone: false, receipts: { applied: KEYS } });
  expect(calls.reads).toBe(0);
  expect(calls.puts).toBeGreaterThanOrEqual(KEYS);
  // A statement of a bulk is sent again, as the other kind, where the key is unexpectedly present or absent.
  expect(calls.puts).toBeLessThanOrEqual(2 * KEYS);
  expect(
    (
      await load({
        platform: on.platform,
        stores: on.stores,
        group: "routes",
        source: `s3://${on.bucket}/${options.again}`,
      })
    ).alreadyDone,
  ).toBe(true);
});
