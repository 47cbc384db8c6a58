/**
 * A key of another type, a foreign string, a damaged copy and a foreign item
 * among a thousand keys under load: the results of each read and each write,
 * and how each entry is healed.
 */
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  createCacheClient,
  createDynamoDb,
  createLogger,
  loadSettings,
  openPlatform,
  type Platform,
  writeUntilSettled,
} from "@trilane/lane-kit";
import { cacheConfig, type ServerHandle, startRedis } from "@trilane/servers";
import { FOREIGN_ITEM, type Receipt } from "@trilane/write-through";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ownEnvironment, ownNames, trilane } from "../trilane-command.ts";

const KEYS = 1_000;
const OTHER_TYPE = "K1";
const FOREIGN_STRING = "K2";
const DAMAGED = "K3";
const STRANGER = "K4";
const IN_CACHE = [OTHER_TYPE, FOREIGN_STRING, DAMAGED];

const names = ownNames();
const destinations = Array.from({ length: KEYS }, (_, index) => `K${index}`);
let cache: ServerHandle;
let platform: Platform;
let client: ReturnType<typeof createCacheClient>;

beforeAll(async () => {
  cache = await startRedis({ name: "cache", config: cacheConfig() });
  const environment = ownEnvironment({ ...names, TRILANE_CACHE_URL: cache.url });
  expect(await trilane(environment, ["apply"])).toMatchObject({ code: 0 });
  const settings = loadSettings(environment);
  const logger = createLogger("test", "silent");
  platform = await openPlatform({ name: "test", settings, logger });
  client = createCacheClient(settings, { logger, process: "test" });
  await client.connect();
});
afterAll(async () => {
  client.disconnect();
  await platform.close();
  await cache.stop();
});

const write = (minute: number): Promise<readonly Receipt[]> => {
  const date = new Date(Date.UTC(2001, 5, 1, 0, minute)).toISOString();
  const changes = destinations.map((destination) => ({
    kind: "put" as const,
    group: "routes",
    input: { origin: "SEA", destination, date, delay: minute, distance: 679 },
  }));
  return writeUntilSettled(platform, changes, { lane: "stream" });
};

/** Destination -> the result of a read of it: its delay with its source, or the error's code. */
async function read(): Promise<ReadonlyMap<string, string>> {
  const requests = destinations.map((destination) => ({ group: "routes", key: { origin: "SEA", destination } }));
  const results = await platform.reader.getMany(requests as never);
  return new Map(
    (
      results as readonly { kind: string; record?: { features: { delay: number }; source: string }; error?: Error }[]
    ).map(({ record, error }, index) => {
      const code = error !== undefined && "code" in error ? String(error.code) : "none";
      return [destinations[index] ?? "", record === undefined ? code : `${record.features.delay} ${record.source}`];
    }),
  );
}

const nameOf = (destination: string): string => `${names.TRILANE_TABLE}:e:routes#SEA#${destination}`;

async function damage(): Promise<void> {
  const copy = (await client.getBuffer(nameOf(DAMAGED))) ?? Buffer.alloc(0);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  await client.set(nameOf(DAMAGED), copy);
  await client.set(nameOf(FOREIGN_STRING), "another program's");
  await client.del(nameOf(OTHER_TYPE), nameOf(STRANGER));
  await client.rpush(nameOf(OTHER_TYPE), "another program's");
  const item = { pk: { S: `routes#SEA#${STRANGER}` }, title: { S: "another program's" } };
  const dynamodb = createDynamoDb(platform.settings);
  await dynamodb
    .send(new PutItemCommand({ TableName: names.TRILANE_TABLE, Item: item }))
    .finally(() => dynamodb.destroy());
}

/** The results of all keys except the named ones, which must all be the same. */
function others(read: ReadonlyMap<string, string>, named: readonly string[]): ReadonlySet<string> {
  return new Set([...read].filter(([key]) => !named.includes(key)).map(([, value]) => value));
}

it("costs each of four keys what it must, and the others nothing", async () => {
  expect((await write(1)).every(({ status }) => status === "applied")).toBe(true);
  await damage();

  // Reads: from the store, and healed; a foreign item is one read's failure.
  const met = await read();
  expect(IN_CACHE.map((key) => met.get(key))).toEqual(["1 store", "1 store", "1 store"]);
  expect(met.get(STRANGER)).toBe("STORE_CORRUPT");
  expect(others(met, [...IN_CACHE, STRANGER])).toEqual(new Set(["1 cache"]));
  expect(others(await read(), [STRANGER])).toEqual(new Set(["1 cache"]));

  // Writes, with reads beside them: each of the others is applied, and nothing is read that was not there.
  await damage();
  const [receipts, ...beside] = await Promise.all([write(2), read(), read(), read()]);
  const statuses = receipts.map(({ status }) => status);
  expect(statuses.filter((status) => status === "applied")).toHaveLength(KEYS - 1);
  expect(receipts[destinations.indexOf(STRANGER)]).toMatchObject({
    status: "dead",
    reason: FOREIGN_ITEM,
    detail: expect.stringMatching(/routes#SEA#K4.*Remove the item/),
  });
  for (const seen of beside) {
    expect([...others(seen, [STRANGER])].filter((value) => !/^[12] (cache|store)$/.test(value))).toEqual([]);
  }
  await read();
  expect(others(await read(), [STRANGER])).toEqual(new Set(["2 cache"]));
  expect(platform.cacheEpoch.known?.cacheEpoch).toEqual({ epoch: 1, mode: "on" });
});
