/**
 * Sentinel names a primary, and its death shows as a lost cache on the promoted
 * replica.
 */
import { cacheConfig, fetchServers, type ServerHandle, startRedis, startSentinel } from "@trilane/servers";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/system-clock.ts";
import { copyOf, versionOf } from "../../src/testing/sample-records.ts";
import { cacheClientOptions, ValkeyCache } from "../../src/valkey/index.ts";

const fetched = await fetchServers();
const TIMEOUT = { timeout: 20_000, interval: 20 };
const CONFIG = cacheConfig("32mb");

for (const engine of (["valkey", "redis"] as const).filter((name) => fetched[name].available)) {
  describe(`${engine} behind Sentinel`, () => {
    const servers: ServerHandle[] = [];
    const clients: Redis[] = [];
    afterEach(async () => {
      for (const client of clients.splice(0)) client.disconnect();
      await Promise.all(servers.splice(0).map((server) => server.stop()));
    });

    it("goes to the promoted replica by itself, and says that the cache is lost", async () => {
      const primary = await startRedis({ engine, config: CONFIG });
      const replica = await startRedis({ engine, config: { ...CONFIG, replicaof: `127.0.0.1 ${primary.port}` } });
      const sentinel = await startSentinel({ engine, primaryName: "cache", primaryPort: primary.port });
      servers.push(primary, replica, sentinel);
      const client = new Redis({
        ...cacheClientOptions({ commandTimeoutMs: 500, connectTimeoutMs: 500 }),
        sentinels: [{ host: "127.0.0.1", port: sentinel.port }],
        name: "cache",
        sentinelRetryStrategy: () => 100,
      });
      const watch = new Redis(sentinel.url);
      clients.push(client, watch);
      client.on("error", () => undefined);
      await client.connect();
      await expect
        .poll(async () => String(await watch.call("SENTINEL", "REPLICAS", "cache")), TIMEOUT)
        .toContain(String(replica.port));
      const cache = new ValkeyCache(client, systemClock, { commandBudgetMs: 400 });
      expect(await cache.begin(1)).toEqual({ kind: "settled" });
      await cache.fence(1, [{ key: "k", version: versionOf(1), id: "i" }]);
      await cache.publish(1, [{ key: "k", id: "i", copy: copyOf(1), ttlMs: 60_000 }]);
      expect(await cache.get(1, ["k"])).toMatchObject([{ kind: "got", entry: { state: "clean" } }]);

      await primary.kill("SIGKILL");
      const lost = [{ kind: "failed", error: { code: "CACHE_LOST" } }];
      await expect.poll(() => cache.get(1, ["k"]), TIMEOUT).toMatchObject(lost);
      expect(client.stream).toMatchObject({ remotePort: replica.port });
      expect(await cache.begin(2)).toEqual({ kind: "settled" });
      expect(await cache.get(2, ["k"])).toEqual([{ kind: "got", entry: { state: "absent" } }]);
    });
  });
}
