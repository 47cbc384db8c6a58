/** The scan of markers reads every server that holds entries: of a cluster its replicas as well. */
import { randomBytes } from "node:crypto";
import { cacheConfig, startRedis, startRedisCluster } from "@trilane/servers";
import { Redis } from "ioredis";
import { expect, test, vi } from "vitest";
import { redisPlace } from "../../src/audit/server-places.ts";

const MARKER = `marker-${randomBytes(6).toString("hex")}`;

async function finds(urls: readonly string[]): Promise<number> {
  let found = 0;
  for await (const { text } of redisPlace("cache", urls).read()) if (text.includes(MARKER)) found += 1;
  return found;
}

test("a marker is found on the primary and on the replica of a cluster, until it is taken away", async () => {
  const cluster = await startRedisCluster({ config: cacheConfig("32mb") });
  try {
    const urls = cluster.nodes.map(({ url }) => url);
    const remove = await redisPlace("cache", urls).plant(MARKER);
    await vi.waitUntil(async () => (await finds(urls)) === 2, { timeout: 20_000 });
    await remove();
    await vi.waitUntil(async () => (await finds(urls)) === 0, { timeout: 20_000 });
  } finally {
    await cluster.stop();
  }
});

test("every type of value is read from a server by itself", async () => {
  const server = await startRedis({ config: cacheConfig() });
  const client = new Redis(server.url);
  try {
    await client.set("string", MARKER);
    await client.hset("hash", "field", MARKER);
    await client.rpush("list", MARKER);
    await client.sadd("set", MARKER);
    await client.zadd("zset", 1, MARKER);
    await client.xadd("stream", "*", "field", MARKER);
    expect(await finds([server.url])).toBe(6);
  } finally {
    client.disconnect();
    await server.stop();
  }
});
