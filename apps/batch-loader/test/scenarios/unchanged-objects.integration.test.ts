/**
 * Objects that are put back to an older content, and loads that leave unchanged
 * objects out.
 */
import { gzipSync } from "node:zlib";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { IncompleteLoadError, load, type LoadOptions, type LoadReport } from "../../src/index.ts";
import { flight, openTestPlatform, type TestPlatform } from "../test-platform.ts";

const WAITED = { timeout: 30_000, interval: 20 };
const MS_PER_SECOND = 1_000;

let on: TestPlatform;
beforeAll(async () => {
  on = await openTestPlatform();
});
afterAll(async () => {
  await on.close();
});

const row = (destination: string, distance: number): string =>
  `${JSON.stringify({ ...flight(1, { origin: "UNC", destination }), distance })}\n`;

async function secondOf(key: string): Promise<number> {
  const { LastModified } = await on.stores.s3.send(new HeadObjectCommand({ Bucket: on.bucket, Key: key }));
  return Math.floor(Number(LastModified) / MS_PER_SECOND);
}

/** Uploads in a later second than the last time, because two uploads within one second have no order. */
async function uploadLater(key: string, body: string): Promise<void> {
  const before = await secondOf(key).catch(() => 0);
  await vi.waitUntil(async () => {
    await on.put(key, body);
    return (await secondOf(key)) > before;
  }, WAITED);
}

function run(source: string, more: Partial<LoadOptions> = {}): Promise<LoadReport> {
  const { platform, stores, bucket } = on;
  return load({ platform, stores, group: "routes", source: `s3://${bucket}/${source}`, ...more });
}

async function distanceOf(destination: string): Promise<unknown> {
  return (await on.platform.reader.get("routes", { origin: "UNC", destination }))?.features["distance"];
}

describe("an object that is put back to an older content", () => {
  test("is loaded again, and its rows stay", async () => {
    const stored: unknown[] = [];
    for (const distance of [1, 2, 1]) {
      await uploadLater("back.ndjson", row("BAC", distance));
      expect(await run("back.ndjson")).toMatchObject({ alreadyDone: false, receipts: { applied: 1 } });
      stored.push(await distanceOf("BAC"));
    }
    expect(stored).toEqual([1, 2, 1]);
  });

  test("is not taken for unchanged: what was loaded last from its address was another content", async () => {
    const stored: unknown[] = [];
    for (const distance of [1, 2, 1]) {
      await uploadLater("skip/back.ndjson", row("SKI", distance));
      const report = await run("skip/", { skipUnchanged: true });
      expect(report).toMatchObject({ alreadyDone: false, unchanged: 0, receipts: { applied: 1 } });
      stored.push(await distanceOf("SKI"));
    }
    expect(stored).toEqual([1, 2, 1]);
  });
});

describe("a load that leaves out what is unchanged", () => {
  test("takes the new and the changed objects, and names those that it leaves out", async () => {
    await on.put("some/a.ndjson", row("AAA", 1));
    await on.put("some/b.ndjson", row("BBB", 1));
    await run("some/");
    await uploadLater("some/a.ndjson", row("AAA", 1));
    await uploadLater("some/b.ndjson", row("BBB", 2));
    await on.put("some/c.ndjson", row("CCC", 3));
    const report = await run("some/", { skipUnchanged: true });
    expect(report).toMatchObject({ alreadyDone: false, unchanged: 1, units: 2, receipts: { applied: 2 } });
    const address = (name: string): string => `s3://${on.bucket}/some/${name}`;
    expect(report.objects.map(({ object, state }) => [state, object])).toEqual([
      ["loaded", address("b.ndjson")],
      ["loaded", address("c.ndjson")],
      ["unchanged", address("a.ndjson")],
    ]);
    expect(await Promise.all(["AAA", "BBB", "CCC"].map(distanceOf))).toEqual([1, 2, 3]);
    const nothing = await run("some/", { skipUnchanged: true });
    expect(nothing).toMatchObject({ alreadyDone: true, unchanged: 3, units: 0, consumed: 0 });
  });
});

describe("the report of a damaged object", () => {
  test("tells what was stored of it before the damage", async () => {
    const rows = Array.from({ length: 500 }, (_, index) =>
      JSON.stringify(flight(index, { origin: "UNC", destination: `D${index}` })),
    );
    const whole = gzipSync(rows.join("\n"));
    await on.put("part.ndjson.gz", whole.subarray(0, whole.length - 200));
    const limits = { recordsPerSlice: 20 };
    const error = await run("part.ndjson.gz", { limits }).catch((failure: unknown) => failure);
    if (!(error instanceof IncompleteLoadError)) throw error;
    const { receipts, unfinished, objects } = error.report;
    expect(receipts.applied).toBe(0);
    expect(unfinished.applied).toBeGreaterThan(100);
    expect(objects).toMatchObject([{ state: "failed", unfinished: { applied: unfinished.applied } }]);
    const stored = await on.platform.reader.get("routes", { origin: "UNC", destination: "D0" });
    expect(stored?.features["delay"]).toBe(0);
  });
});
