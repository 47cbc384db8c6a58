/** Expiry on real servers: two processes with two ttls of one group, a record's own ttl, and a replay. */
import { randomUUID } from "node:crypto";
import { days, defineConfig, defineGroup, type FeatureConfig } from "@trilane/feature-groups";
import { applyTable } from "@trilane/write-through/dynamodb";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { z } from "zod";
import { createDynamoDb, loadSettings, openPlatform, type Platform } from "../../src/index.ts";

const HOUR_MS = 3_600_000;
const WAIT_MS_MAX = 20_000;

let long: Platform;
let short: Platform;

function configOf(ttlMs: number): FeatureConfig {
  const users = defineGroup({
    key: ["user"],
    eventTime: { field: "at", unit: "ms" },
    recordTtl: { field: "ttl", unit: "s" },
    schema: z.object({ score: z.number() }),
    ttlMs,
  });
  return defineConfig({ groups: { users } });
}

beforeAll(async () => {
  const table = `expiry-${randomUUID()}`;
  const settings = loadSettings({ ...process.env, TRILANE_TABLE: table, TRILANE_LOG_LEVEL: "error" });
  const dynamodb = createDynamoDb(settings);
  await applyTable(dynamodb, table);
  dynamodb.destroy();
  long = await openPlatform({ name: "expiry-long", settings, config: configOf(days(1)) });
  short = await openPlatform({ name: "expiry-short", settings, config: configOf(HOUR_MS) });
});
afterAll(async () => {
  await long?.close();
  await short?.close();
});

async function write(user: string, score: number, agoMs: number, ttl?: number): Promise<string | undefined> {
  const record = { user, at: Date.now() - agoMs, score, ttl };
  const [receipt] = await long.writer.write("users", [record], { lane: "stream" });
  return receipt?.status;
}

async function scoreOf({ reader }: Platform, user: string): Promise<unknown> {
  return (await reader.get("users", { user }))?.features["score"] ?? null;
}

it("a shorter ttl of the group ends older records at once, from the cache and from the store", async () => {
  expect(await write("a", 1, 2 * HOUR_MS)).toBe("applied");
  expect([await scoreOf(long, "a"), await scoreOf(short, "a")]).toEqual([1, null]);
  expect([await scoreOf(short, "b"), await write("b", 2, 2 * HOUR_MS)]).toEqual([null, "applied"]);
  expect([await scoreOf(short, "b"), await scoreOf(long, "b")]).toEqual([null, 2]);
});

it("a record's own ttl ends it, and the ended record goes on beating a replayed older one", async () => {
  expect(await write("c", 2, 57_000, 60)).toBe("applied");
  expect(await scoreOf(long, "c")).toBe(2);
  await vi.waitUntil(async () => (await scoreOf(long, "c")) === null, { timeout: WAIT_MS_MAX });
  expect([await write("c", 1, HOUR_MS), await scoreOf(long, "c")]).toEqual(["superseded", null]);
});

it("a record whose own ttl is over on arrival keeps older ones away, and one beyond the group's leaves nothing", async () => {
  expect([await write("d", 2, HOUR_MS, 60), await write("d", 1, 2 * HOUR_MS)]).toEqual(["expired", "superseded"]);
  expect(await scoreOf(long, "d")).toBeNull();
  expect([await write("e", 1, days(2)), await write("e", 0, HOUR_MS)]).toEqual(["expired", "applied"]);
  expect(await scoreOf(long, "e")).toBe(0);
});
