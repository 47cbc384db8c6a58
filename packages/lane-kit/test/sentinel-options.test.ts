import { expect, test } from "vitest";
import { createCacheClient, createLogger, loadSettings, redisRulesOf, sentinelOptions } from "../src/index.ts";

const CACHE = { TRILANE_CACHE_URL: "redis://cache:1" };

test("sentinels at rediss:// are asked over TLS, and the servers as well", () => {
  const asked = { name: "queue", password: "s", commandTimeoutMs: 1_000 };
  expect(sentinelOptions({ ...asked, urls: "rediss://a,rediss://b:2" })).toMatchObject({
    sentinels: [
      { host: "a", port: 26_379 },
      { host: "b", port: 2 },
    ],
    enableTLSForSentinelMode: true,
    sentinelTLS: {},
    sentinelPassword: "s",
    tls: {},
  });
  expect(sentinelOptions({ ...asked, urls: "redis://a" })).not.toHaveProperty("sentinelTLS");
});

test("the sentinels of the cache are asked with the authority of the settings", () => {
  const client = createCacheClient(
    loadSettings({
      TRILANE_CACHE_URL: "rediss://a:1",
      TRILANE_CACHE_TOPOLOGY: "sentinel",
      TRILANE_CACHE_SENTINEL_NAME: "cache",
    }),
    { logger: createLogger("test", "silent"), process: "test" },
  );
  expect(client.options).toMatchObject({ sentinelTLS: {}, tls: {} });
});

test("several addresses of a queue are those of sentinels", () => {
  const urls = { TRILANE_QUEUE_URL: "redis://a:1,redis://b:2" };
  expect(() => loadSettings({ ...CACHE, ...urls })).toThrow(/TRILANE_QUEUE_URL: expected redis/);
  const { queueUrl, queueAccess } = loadSettings({ ...CACHE, ...urls, TRILANE_QUEUE_SENTINEL_NAME: "queue" });
  expect({ queueUrl, ...queueAccess }).toMatchObject({
    queueUrl: "redis://a:1,redis://b:2",
    sentinel: { name: "queue" },
  });
});

test("the rights on a queue are those on its prefix, which has no sign of a pattern", () => {
  expect(redisRulesOf("queue", "worker", "q", "team-a").slice(0, 2)).toEqual(["~team-a:q:*", "~team-a:q-dead:*"]);
  expect(() => loadSettings({ ...CACHE, TRILANE_QUEUE_PREFIX: "a*" })).toThrow(/TRILANE_QUEUE_PREFIX: expected/);
});
