/** The cache contract on real clusters. */
import { fetchServers } from "@trilane/servers";
import type { Cluster } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cacheContract } from "../../src/testing/contracts.ts";
import { type ClusterBench, openClusterBench } from "./cluster-fixture.ts";

/** For tests of what the cache answers, and not of how soon. */
const PATIENT_MS = 30_000;
const fetched = await fetchServers();

for (const engine of (["valkey", "redis"] as const).filter((name) => fetched[name].available)) {
  describe(`a ${engine} cluster`, () => {
    let bench: ClusterBench;
    let client: Cluster;
    let other: Cluster;

    beforeAll(async () => {
      bench = await openClusterBench(engine, {
        replicasEach: 0,
        nodeTimeoutMs: 15_000,
        config: { "cluster-require-full-coverage": "no" },
      });
      client = await bench.connect(PATIENT_MS);
      other = bench.patient();
    });
    afterAll(() => bench.stop());

    cacheContract({
      open: () => bench.open({ client, buckets: 8, commandBudgetMs: PATIENT_MS }),
      overwrite: async (cache, key, bytes) => {
        await other.set(cache.entryNameOf(key), Buffer.from(bytes));
      },
      sequences: 300,
      seed: 11,
    });

    it("spreads keys over all primaries, and answers in order", async () => {
      const cache = await bench.open({ client });
      expect(await cache.begin(1)).toEqual({ kind: "settled" });
      const keys = Array.from({ length: 500 }, (_, index) => `k${index}`);
      const tokens = keys.map((key, index) => ({ key, token: `t${index}`, ttlMs: 60_000 }));
      await cache.lease(1, tokens);
      const entries = await cache.get(1, keys);
      expect(
        entries.map((reply) => reply.kind === "got" && reply.entry.state === "lease" && reply.entry.token),
      ).toEqual(tokens.map(({ token }) => token));
      const sizes = await Promise.all(client.nodes("master").map((node) => node.dbsize()));
      expect(sizes.every((size) => size > 100)).toBe(true);
      expect((await cache.describe()).map(({ engine: met }) => met)).toEqual([engine, engine, engine]);
    });

    it("counts as silent as a whole when a part of it has been silent for long, until that answers", async () => {
      const cache = await bench.open({ buckets: 8, commandBudgetMs: 400 });
      await cache.begin(1);
      const keys = Array.from({ length: 50 }, (_, index) => `k${index}`);
      const states = async (wanted: readonly string[]): Promise<readonly string[]> =>
        (await cache.get(1, wanted)).map((reply) => (reply.kind === "got" ? reply.kind : reply.error.code));
      await bench.servers.primaries[2]?.kill("SIGSTOP");
      const first = await states(keys);
      expect(new Set(first)).toEqual(new Set(["got", "CACHE_UNAVAILABLE"]));
      const alive = keys.filter((_, index) => first[index] === "got");
      // Nobody asks for the silent part's keys any more, and the silence is noticed all the same.
      const all = (code: string): readonly string[] => alive.map(() => code);
      await expect.poll(() => states(alive), { timeout: 5_000 }).toEqual(all("CACHE_UNAVAILABLE"));
      await bench.servers.primaries[2]?.kill("SIGCONT");
      await bench.servers.untilOk();
      await expect.poll(() => states(alive), { timeout: 10_000 }).toEqual(all("got"));
      await expect.poll(() => cache.check(1), { timeout: 10_000 }).toEqual({ kind: "settled" });
    });

    it("keeps processes with other numbers of buckets apart: neither trusts the other's epoch", async () => {
      const prefix = "disagreeing:";
      const [few, many] = [await bench.open({ client, prefix, buckets: 8 }), await bench.open({ client, prefix })];
      await few.begin(1);
      expect(await many.check(1)).toMatchObject({ kind: "failed", error: { code: "CACHE_LOST" } });
    });
  });
}
