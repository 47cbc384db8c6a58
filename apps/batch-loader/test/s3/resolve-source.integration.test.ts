import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadLimitsDefaults as limits } from "../../src/limits.ts";
import type { ObjectFilter } from "../../src/s3/passed-over.ts";
import { type ResolvedSource, resolveSource } from "../../src/s3/resolve-source.ts";
import { openTestPlatform, type TestPlatform } from "../test-platform.ts";

let on: TestPlatform;

beforeAll(async () => {
  on = await openTestPlatform();
});
afterAll(async () => {
  await on.close();
});

function resolved(source: string, filter?: ObjectFilter): Promise<ResolvedSource> {
  return resolveSource({ s3: on.stores.s3, source, isManifest: false, filter, limits });
}

async function keysOf(source: string, filter?: ObjectFilter): Promise<readonly string[]> {
  return (await resolved(source, filter)).objects.map(({ key }) => key);
}

describe("resolveSource", () => {
  test("takes committed objects under a prefix, and counts the others with the first address of each reason", async () => {
    const uncommitted = await on.put("mixed/_temporary/0/1.csv", "id\n1\n");
    await on.put("mixed/_temporary/0/2.csv", "id\n2\n");
    await on.put("mixed/dt=1/_hour=2/a.csv", "id\n3\n");
    const marker = await on.put("mixed/dt=1_$folder$", "x");
    const empty = await on.put("mixed/b.parquet", "");
    const { objects, passedOver } = await resolved(`s3://${on.bucket}/mixed/`);
    expect(objects.map(({ key }) => key)).toEqual(["mixed/dt=1/_hour=2/a.csv"]);
    const byReason = passedOver.toSorted((left, right) => (left.reason < right.reason ? -1 : 1));
    expect(byReason).toEqual([
      { reason: "empty", objects: 1, example: empty },
      { reason: "hidden", objects: 2, example: uncommitted },
      { reason: "marker", objects: 1, example: marker },
    ]);
  });

  test("takes what is asked for by its whole address or by a prefix further down, whatever its name", async () => {
    const source = await on.put("hidden/_temporary/.a.csv", "id\n1\n");
    await on.put("hidden/_temporary/b.csv", "id\n2\n");
    expect(await keysOf(source)).toEqual(["hidden/_temporary/.a.csv"]);
    expect(await keysOf(`s3://${on.bucket}/hidden/_temporary/`)).toEqual(["hidden/_temporary/b.csv"]);
    const message = `all objects under s3://${on.bucket}/hidden/ are passed over: 2 hidden (${source})`;
    await expect(resolved(`s3://${on.bucket}/hidden/`)).rejects.toThrow(message);
  });

  test("takes what a pattern includes and none excludes; a name that says nothing is refused until then", async () => {
    for (const name of ["a.csv", "a.ndjson", "old/b.csv", "notes.txt"]) await on.put(`some/${name}`, "x");
    const source = `s3://${on.bucket}/some/`;
    expect(await keysOf(source, { include: ["*.csv"], exclude: ["old/**"] })).toEqual(["some/a.csv"]);
    expect(await keysOf(source, { include: [], exclude: ["*.txt", "*.csv"] })).toEqual(["some/a.ndjson"]);
    await expect(resolved(source)).rejects.toThrow("leave it out with --exclude");
  });

  test("passes over objects without bytes that a manifest names", async () => {
    const urls = [await on.put("unload/1.parquet", ""), await on.put("unload/2.csv", "id\n1\n")];
    const manifest = await on.put("unload/all.manifest.json", JSON.stringify(urls));
    const { objects, passedOver } = await resolved(manifest);
    expect(objects.map(({ key }) => key)).toEqual(["unload/2.csv"]);
    expect(passedOver).toEqual([{ reason: "empty", objects: 1, example: urls[0] }]);
  });
});
