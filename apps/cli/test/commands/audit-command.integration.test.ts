/**
 * `audit` and `repair` over a real cache and a real store that were damaged in
 * every way that must not be.
 */
import { createCache, createCacheClient, createLogger, loadSettings } from "@trilane/lane-kit";
import { cacheConfig, type ServerHandle, startRedis } from "@trilane/servers";
import { isVersion, type Version, VERSION_WIDTH } from "@trilane/write-through";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Ended, ownEnvironment, ownNames, trilane } from "../trilane-command.ts";

const names = ownNames();
let cache: ServerHandle;
let environment: NodeJS.ProcessEnv;
let client: ReturnType<typeof createCacheClient>;
const run = (...args: string[]): Promise<Ended> => trilane(environment, args);
const versionOf = (text: string): Version => {
  if (!isVersion(text)) throw new TypeError(`${text} is not a version`);
  return text;
};
const put = async (destination: string, minute: number): Promise<Version> => {
  const date = new Date(Date.UTC(2001, 5, 1, 0, minute)).toISOString();
  const record = JSON.stringify({ origin: "SEA", destination, date, delay: minute, distance: 679 });
  const { stdout } = await run("put", "routes", record, "--json");
  const { receipts } = JSON.parse(stdout) as { receipts: readonly { version: string }[] };
  return versionOf(receipts[0]?.version ?? "");
};
const nameOf = (destination: string): string => `${names.TRILANE_TABLE}:e:routes#SEA#${destination}`;
const entryOf = async (destination: string): Promise<Buffer> =>
  (await client.getBuffer(nameOf(destination))) ?? Buffer.alloc(0);

beforeAll(async () => {
  cache = await startRedis({ name: "cache", config: cacheConfig() });
  environment = ownEnvironment({ ...names, TRILANE_CACHE_URL: cache.url });
  client = createCacheClient(loadSettings(environment), { logger: createLogger("test", "silent"), process: "test" });
  await client.connect();
  expect(await run("apply")).toMatchObject({ code: 0 });
});
afterAll(async () => {
  client.disconnect();
  await cache.stop();
});

const audit = async () => {
  const { code, stdout } = await run("audit", "--group", "routes", "--patience", "0.4", "--json");
  return { code, ...(JSON.parse(stdout) as { counts: Record<string, number>; epoch: number; looked: number }) };
};

it("finds nothing where only the core wrote", async () => {
  await put("GOOD", 1);
  await put("GONE", 1);
  await run("rm", "routes", "SEA", "GONE");
  expect(await audit()).toMatchObject({ code: 0, looked: 2, counts: { agree: 2, "cache-behind": 0, foreign: 0 } });
});

it("clears the fence of a write that was stored and not published, and says which one cannot be cleared", async () => {
  const version = await put("FENCED", 1);
  await put("ABANDONED", 1);
  await client.del(nameOf("FENCED"), nameOf("ABANDONED"));
  const { epoch } = await audit();
  const writer = createCache(loadSettings(environment), client);
  await writer.fence(epoch, [
    { key: "routes#SEA#FENCED", version, id: "0000000000000001" },
    { key: "routes#SEA#ABANDONED", version: versionOf("3".repeat(VERSION_WIDTH)), id: "0000000000000002" },
  ]);
  expect(await audit()).toMatchObject({ code: 0, counts: { "orphaned-fence": 2 } });
  const { code, stdout } = await run("repair", "--group", "routes", "--patience", "0.4");
  expect(stdout).toMatch(/orphaned-fence +routes#SEA#FENCED +cleared by a read/);
  expect(stdout).toMatch(/orphaned-fence +routes#SEA#ABANDONED +stays/);
  expect(code).toBe(0);
  expect(await audit()).toMatchObject({ code: 0, counts: { "orphaned-fence": 1, agree: 3 } });
});

it("names what must never be by its class, with code 3, and removes only what is no entry, when told to", async () => {
  await put("BEHIND", 1);
  const old = await entryOf("BEHIND");
  await put("BEHIND", 2);
  await client.set(nameOf("BEHIND"), old, "PX", 3_600_000);
  await put("WRONG", 1);
  const flip = async (name: string, at: (bytes: Buffer) => number): Promise<void> => {
    const bytes = await entryOf(name);
    bytes[at(bytes)] = (bytes[at(bytes)] ?? 0) ^ 1;
    await client.set(nameOf(name), bytes, "PX", 3_600_000);
  };
  // This is the last digit of the expiry, which no hash covers.
  await flip("WRONG", () => 1 + 10 + VERSION_WIDTH + 15);
  await put("DAMAGED", 1);
  await flip("DAMAGED", (bytes) => bytes.length - 3);
  await client.set(nameOf("TEXT"), "not an entry");
  await client.hset(nameOf("HASH"), { field: "value" });
  expect(await audit()).toMatchObject({
    code: 3,
    counts: { "cache-behind": 1, "wrong-payload": 1, foreign: 3, "orphaned-fence": 1 },
  });
  expect(await run("repair", "--group", "routes", "--patience", "0.4", "--key", "SEA", "TEXT")).toMatchObject({
    code: 3,
    stdout: expect.stringContaining("--yes removes it"),
  });
  const repaired = await run("repair", "--yes", "--patience", "0.4");
  expect(repaired).toMatchObject({
    code: 3,
    stdout: expect.stringMatching(/cache-behind +routes#SEA#BEHIND +not touched/),
  });
  expect(await audit()).toMatchObject({ code: 3, counts: { foreign: 0, "cache-behind": 1, "wrong-payload": 1 } });
});

it("finds none of it after a new epoch has begun", async () => {
  expect(await run("cache", "on", "--reason", "copies were changed by hand")).toMatchObject({ code: 0 });
  const { counts } = await audit();
  expect(counts).toMatchObject({ "cache-behind": 0, "wrong-payload": 0, "orphaned-fence": 0 });
});
