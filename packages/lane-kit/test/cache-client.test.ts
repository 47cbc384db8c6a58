/**
 * The cache's topology: which settings are accepted, and which client is made
 * from them.
 */
import { Cluster, Redis } from "ioredis";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { createCacheClient, loadSettings } from "../src/index.ts";

const logger = pino({ level: "silent" });

function clientOf(environment: Record<string, string>): Redis | Cluster {
  return createCacheClient(loadSettings(environment), { logger, process: "batch lane" });
}

describe("the cache's settings", () => {
  it("are one address unless a topology is named", () => {
    expect(loadSettings({ TRILANE_CACHE_URL: "redis://a:1" })).toMatchObject({
      cacheTopology: "single",
      cacheUrl: "redis://a:1",
    });
    expect(() => loadSettings({ TRILANE_CACHE_URL: "redis://a:1,redis://b:2" })).toThrow(/TRILANE_CACHE_URL/);
  });

  it("take several addresses for a cluster, with its number of buckets", () => {
    const environment = { TRILANE_CACHE_TOPOLOGY: "cluster", TRILANE_CACHE_URL: "redis://a:1, redis://b:2" };
    expect(loadSettings({ ...environment, TRILANE_CACHE_BUCKETS: "32" })).toMatchObject({
      cacheTopology: "cluster",
      cacheUrl: "redis://a:1,redis://b:2",
      cacheBuckets: 32,
    });
    expect(() => loadSettings({ ...environment, TRILANE_CACHE_BUCKETS: "0" })).toThrow(/TRILANE_CACHE_BUCKETS/);
    expect(() => loadSettings({ ...environment, TRILANE_CACHE_URL: "redis://a:1,b" })).toThrow(/TRILANE_CACHE_URL/);
  });

  it("need the primary's name for Sentinel", () => {
    const environment = { TRILANE_CACHE_TOPOLOGY: "sentinel", TRILANE_CACHE_URL: "redis://a:1" };
    expect(() => loadSettings(environment)).toThrow(/TRILANE_CACHE_SENTINEL_NAME/);
    expect(() => loadSettings({ ...environment, TRILANE_CACHE_TOPOLOGY: "ring" })).toThrow(/TRILANE_CACHE_TOPOLOGY/);
  });
});

describe("createCacheClient", () => {
  it("makes a client of one server, with the process's name", () => {
    const client = clientOf({ TRILANE_CACHE_URL: "redis://a:1" });
    expect(client).toBeInstanceOf(Redis);
    expect(client.options).toMatchObject({ host: "a", port: 1, connectionName: "trilane:trilane:batch-lane" });
  });

  it("makes a client of Sentinel, with the servers' credentials", () => {
    const client = clientOf({
      TRILANE_CACHE_TOPOLOGY: "sentinel",
      TRILANE_CACHE_URL: "rediss://me:p%40ss@a,redis://[::1]:2",
      TRILANE_CACHE_SENTINEL_NAME: "cache",
      TRILANE_CACHE_SENTINEL_PASSWORD: "s",
    });
    expect(client.options).toMatchObject({
      sentinels: [
        { host: "a", port: 26_379 },
        { host: "::1", port: 2 },
      ],
      name: "cache",
      username: "me",
      password: "p@ss",
      sentinelPassword: "s",
      enableTLSForSentinelMode: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
    });
  });

  it("makes a client of a cluster that sends nothing again", () => {
    const client = clientOf({ TRILANE_CACHE_TOPOLOGY: "cluster", TRILANE_CACHE_URL: "redis://:pw@a:1,redis://b" });
    expect(client).toBeInstanceOf(Cluster);
    expect(client.options).toMatchObject({
      maxRedirections: 0,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      redisOptions: {
        password: "pw",
        connectionName: "trilane:trilane:batch-lane",
        autoResendUnfulfilledCommands: false,
      },
    });
  });
});
