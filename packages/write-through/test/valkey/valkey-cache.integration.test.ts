/** The cache contract on real servers, and the answers of a lost, slow or full server. */
import { cacheConfig, type ServerHandle, startRedis } from "@trilane/servers";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  createNextId,
  plainCopies,
  Reader,
  type Receipt,
  CacheEpochKeeper,
  cacheEpochOptionsDefaults,
  systemClock,
  Writer,
} from "../../src/index.ts";
import { cacheContract } from "../../src/testing/contracts.ts";
import { copyOf, MemoryStore, recordOf, versionOf } from "../../src/testing/index.ts";
import { cacheClientOptions, checkCacheServer, ValkeyCache } from "../../src/valkey/index.ts";

const CACHE_CONFIG = cacheConfig("64mb");
/** For tests of what the cache answers, and not of how soon. */
const PATIENT_MS = 30_000;

for (const engine of ["redis", "valkey"] as const) {
  describe(`${engine}`, () => {
    let server: ServerHandle;
    let admin: Redis;
    const clients: Redis[] = [];
    let prefixes = 0;

    const connect = async (url = server.url, timeoutMs = 500): Promise<Redis> => {
      const times = { commandTimeoutMs: timeoutMs, connectTimeoutMs: timeoutMs };
      const client = new Redis(url, cacheClientOptions(times));
      client.on("error", () => undefined);
      clients.push(client);
      await client.connect();
      return client;
    };
    const open = async (): Promise<ValkeyCache> => {
      prefixes += 1;
      return new ValkeyCache(await connect(), systemClock, { prefix: `p${prefixes}:` });
    };

    const openPatient = async (): Promise<ValkeyCache> => {
      prefixes += 1;
      const options = { prefix: `p${prefixes}:`, commandBudgetMs: PATIENT_MS };
      return new ValkeyCache(await connect(server.url, PATIENT_MS), systemClock, options);
    };

    beforeAll(async () => {
      server = await startRedis({ engine, config: CACHE_CONFIG });
      admin = new Redis(server.url);
    });
    afterEach(() => {
      for (const client of clients.splice(0)) client.disconnect();
    });
    afterAll(async () => {
      admin.disconnect();
      await server.stop();
    });

    cacheContract({
      open: openPatient,
      overwrite: async (cache, key, bytes) => {
        await admin.set(cache.entryNameOf(key), Buffer.from(bytes));
      },
      sequences: 1_000,
      seed: 7,
    });

    it("recovers from SCRIPT FLUSH without an error", async () => {
      const cache = await open();
      await cache.begin(1);
      await cache.fence(1, [{ key: "k", version: versionOf(1), id: "i" }]);
      await admin.script("FLUSH");
      expect(await cache.publish(1, [{ key: "k", id: "i", copy: copyOf(1), ttlMs: 1_000 }])).toEqual([
        { kind: "settled" },
      ]);
    });

    it("is switched off while it takes no writes, and used again afterwards", async () => {
      const cache = await open();
      const store = new MemoryStore();
      const emit = (): void => undefined;
      const brief = { ...cacheEpochOptionsDefaults, leaseMs: 300, graceMs: 100, probeMs: 20, process: "one" };
      const keeper = await CacheEpochKeeper.open({ cacheEpochs: store, cache, clock: systemClock, emit }, brief);
      const ports = {
        store,
        cache,
        clock: systemClock,
        emit,
        random: () => 0.5,
        copies: plainCopies,
        nextId: createNextId(),
      };
      const writer = new Writer({ ...ports, cacheEpoch: keeper });
      const reader = new Reader({ ...ports, cacheEpoch: keeper });
      try {
        await admin.config("SET", "min-replicas-to-write", "1");
        expect(await cache.get(1, ["a"])).toMatchObject([{ kind: "failed", error: { code: "CACHE_UNAVAILABLE" } }]);
        const write = (): Promise<readonly Receipt[]> => writer.write([recordOf("a", 1)], { lane: "stream" });
        await expect.poll(write, { timeout: 10_000 }).toMatchObject([{ status: "applied" }]);
        expect(keeper.known?.cacheEpoch).toEqual({ epoch: 2, mode: "off" });
        const probe = vi.spyOn(cache, "probe");
        await expect.poll(() => probe.mock.calls.length, { timeout: 10_000 }).toBeGreaterThan(3);
        expect(keeper.known?.cacheEpoch).toEqual({ epoch: 2, mode: "off" });
        await admin.config("SET", "min-replicas-to-write", "0");
        await expect.poll(() => keeper.known?.cacheEpoch, { timeout: 10_000 }).toEqual({ epoch: 2, mode: "on" });
        await reader.readOne("a");
        expect(await reader.readOne("a")).toMatchObject({ source: "cache", version: versionOf(1) });
      } finally {
        await keeper.close();
      }
    });

    it("evicts copies, never fences, when memory is full", async () => {
      const cache = await open();
      await cache.begin(1);
      const fences = Array.from({ length: 50 }, (_, index) => ({ key: `f${index}`, version: versionOf(1), id: "i" }));
      await cache.fence(1, fences);
      const payload = new Uint8Array(200_000);
      const copy = { version: versionOf(1), body: { payload, expiresAtMs: 4_000_000_000_000 } };
      const before = Number(/evicted_keys:(\d+)/.exec(await admin.info("stats"))?.[1]);
      for (let index = 0; index < 600; index += 1) {
        await cache.lease(1, [{ key: `c${index}`, token: "t", ttlMs: 60_000 }]);
        await cache.fill(1, [{ key: `c${index}`, token: "t", copy, ttlMs: 60_000 }]);
      }
      expect(Number(/evicted_keys:(\d+)/.exec(await admin.info("stats"))?.[1])).toBeGreaterThan(before);
      const entries = await cache.get(
        1,
        fences.map(({ key }) => key),
      );
      expect(entries.every((reply) => reply.kind === "got" && reply.entry.state === "fence")).toBe(true);
    });
  });
}

describe("a cache that is lost or out of reach", () => {
  let server: ServerHandle;
  let client: Redis;
  let cache: ValkeyCache;

  beforeEach(async () => {
    server = await startRedis({ engine: "redis", config: CACHE_CONFIG });
    client = new Redis(server.url, cacheClientOptions({ commandTimeoutMs: 300, connectTimeoutMs: 300 }));
    client.on("error", () => undefined);
    await client.connect();
    cache = new ValkeyCache(client, systemClock, { commandBudgetMs: 200 });
    await cache.begin(1);
    await cache.fence(1, [{ key: "k", version: versionOf(1), id: "i" }]);
    await cache.publish(1, [{ key: "k", id: "i", copy: copyOf(1), ttlMs: 60_000 }]);
  });
  afterEach(async () => {
    client.disconnect();
    await server.stop();
  });

  const lost = [{ kind: "failed", error: { code: "CACHE_LOST" } }];

  it("says so after FLUSHALL", async () => {
    await client.flushall();
    expect(await cache.get(1, ["k"])).toMatchObject(lost);
    expect(await cache.fence(1, [{ key: "k", version: versionOf(2), id: "j" }])).toMatchObject(lost);
  });

  it("says so after an empty restart", async () => {
    const ready = new Promise((resolve) => client.once("ready", resolve));
    const closed = new Promise((resolve) => client.once("close", resolve));
    await server.kill("SIGKILL");
    await closed;
    expect(await cache.get(1, ["k"])).toMatchObject([{ kind: "failed", error: { code: "CACHE_UNAVAILABLE" } }]);
    await server.restart({ keepData: false });
    await ready;
    expect(await cache.get(1, ["k"])).toMatchObject(lost);
  });

  it("says so when the primary is demoted, and when it is promoted back", async () => {
    const other = await startRedis({ engine: "redis", config: CACHE_CONFIG });
    try {
      const [host, port] = [new URL(other.url).hostname, new URL(other.url).port];
      const admin = new Redis(server.url);
      await admin.replicaof(host, Number(port));
      expect(await cache.get(1, ["k"])).toMatchObject(lost);
      await admin.replicaof("NO", "ONE");
      admin.disconnect();
      // The client connects anew after READONLY; until then it is out of reach, and it never answers.
      await expect.poll(() => cache.get(1, ["k"]), { timeout: 10_000 }).toMatchObject(lost);
      expect(await cache.get(1, ["k"])).toMatchObject(lost);
    } finally {
      await other.stop();
    }
  });

  it("says so when the primary is demoted and takes writes all the same, and connects anew", async () => {
    const admin = new Redis(server.url);
    try {
      await admin.config("SET", "replica-read-only", "no");
      await admin.replicaof("127.0.0.1", 1);
      const closed = new Promise((resolve) => client.once("close", resolve));
      expect(await cache.fence(1, [{ key: "k", version: versionOf(2), id: "j" }])).toMatchObject(lost);
      // Only then does a client that found its server by a name, or by Sentinel, find the new primary.
      await closed;
    } finally {
      admin.disconnect();
    }
  });

  it("answers within its time when the server stalls, and runs nothing late", async () => {
    await server.kill("SIGSTOP");
    const [reply] = await cache.fence(1, [{ key: "late", version: versionOf(9), id: "z" }]);
    expect(reply).toMatchObject({ kind: "failed", error: { code: "CACHE_UNAVAILABLE", retryable: true } });
    await server.kill("SIGCONT");
    await expect.poll(() => cache.check(1), { timeout: 10_000 }).toEqual({ kind: "settled" });
    // If it had run, there would be a fence of version 9, and a smaller version would join it.
    const [entry] = await cache.get(1, ["late"]);
    expect(entry).toEqual({ kind: "got", entry: { state: "absent" } });
  });

  it("is refused with the reason when its eviction policy is wrong", async () => {
    await client.config("SET", "maxmemory-policy", "allkeys-lru");
    await expect(checkCacheServer(client)).rejects.toMatchObject({ code: "CACHE_MISCONFIGURED" });
    await client.config("SET", "maxmemory-policy", "volatile-lru");
    expect(await checkCacheServer(client)).toMatchObject({ engine: "redis", maxmemoryPolicy: "volatile-lru" });
  });
});
