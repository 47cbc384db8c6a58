/**
 * The real command with a cache that is a cluster, and with one behind
 * Sentinel: only the settings differ.
 */
import { connectCacheClient, createCache, createCacheClient, createLogger, loadSettings } from "@trilane/lane-kit";
import {
  cacheConfig,
  localCredentials,
  startDynamoDb,
  startRedis,
  startRedisCluster,
  startSentinel,
} from "@trilane/servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, type Environment, ownEnvironment, ownNames, trilane } from "../trilane-command.ts";

const FLIGHT = JSON.stringify({ origin: "SEA", destination: "SFO", date: "2001-06-30", delay: 3, distance: 679 });
const stops: (() => Promise<void>)[] = [];
let store: Environment = {};

beforeAll(async () => {
  const dynamodb = await startDynamoDb();
  stops.push(() => dynamodb.stop());
  store = {
    TRILANE_DYNAMODB_ENDPOINT: dynamodb.url,
    AWS_REGION: localCredentials.region,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  };
});
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
});

/** Also sees the connected processes. Returns the server as the status describes it. */
async function writesAndReads(cache: Environment): Promise<string> {
  const environment = ownEnvironment({ ...ownNames(), ...store, ...cache });
  const run = (...args: string[]): Promise<Ended> => trilane(environment, args);
  expect(await run("apply")).toMatchObject({ code: 0 });
  expect(await run("put", "routes", FLIGHT)).toMatchObject({ code: 0, stderr: "" });
  const got = await run("get", "routes", "SEA", "SFO", "--json");
  expect(JSON.parse(got.stdout)).toMatchObject({ status: "found", features: { delay: 3 }, source: "cache" });
  const settings = loadSettings(environment);
  const other = createCacheClient(settings, { logger: createLogger("test", "silent"), process: "pricing-1" });
  await connectCacheClient(other);
  // A cluster's client connects to a node with its first command there.
  expect(await createCache(settings, other).probe()).toMatchObject({ kind: "settled" });
  const status = await run("cache", "status", "--json");
  other.disconnect();
  expect(JSON.parse(status.stdout)).toMatchObject({
    cache: "guarded",
    cacheEpoch: { epoch: 1, mode: "on" },
    processes: ["pricing-1"],
  });
  return String((JSON.parse(status.stdout) as { readonly server: string }).server);
}

describe("the command", () => {
  it("writes and reads with a cluster", async () => {
    const cluster = await startRedisCluster({ replicasEach: 0, nodeTimeoutMs: 15_000, config: cacheConfig("32mb") });
    stops.push(() => cluster.stop());
    const cache = { TRILANE_CACHE_TOPOLOGY: "cluster", TRILANE_CACHE_URL: cluster.url };
    expect(await writesAndReads(cache)).toMatch(/^3 primaries of (valkey|redis) [\d.]+, volatile-lru$/);
  });

  it("writes and reads with Sentinel", async () => {
    const primary = await startRedis({ config: cacheConfig("32mb") });
    const sentinel = await startSentinel({ primaryName: "cache", primaryPort: primary.port });
    stops.push(
      () => primary.stop(),
      () => sentinel.stop(),
    );
    const cache = {
      TRILANE_CACHE_TOPOLOGY: "sentinel",
      TRILANE_CACHE_URL: sentinel.url,
      TRILANE_CACHE_SENTINEL_NAME: "cache",
    };
    expect(await writesAndReads(cache)).toMatch(/^(valkey|redis) [\d.]+, volatile-lru$/);
  });
});
