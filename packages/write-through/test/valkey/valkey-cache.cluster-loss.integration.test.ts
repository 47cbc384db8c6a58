/**
 * How the cache adapter shows a cluster's changes: a flush, a death with
 * promotion, a moved slot, a demotion.
 */
import { fetchServers, type ServerHandle } from "@trilane/servers";
import type { Cluster } from "ioredis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copyOf, versionOf } from "../../src/testing/sample-records.ts";
import { bucketIndexOf, type ClusterBucket, clusterBuckets, SLOTS } from "../../src/valkey/cluster-buckets.ts";
import type { ValkeyCache } from "../../src/valkey/index.ts";
import { type ClusterBench, openClusterBench } from "./cluster-fixture.ts";

const fetched = await fetchServers();
const PREFIX = "loss:";
const BUCKETS = 16;
const PRIMARIES = 3;
const TIMEOUT = { timeout: 20_000, interval: 20 };
/** So long that a dead primary is noticed before its replica is promoted, even on a busy machine. */
const NODE_TIMEOUT_MS = 4_000;
const TTL_MS = 60_000;
const SETTLED = { kind: "settled" } as const;
const lost = { kind: "failed", error: { code: "CACHE_LOST" } };
const clean = (version: number): object => ({ kind: "got", entry: { state: "clean", copy: copyOf(version) } });

/** The first of the tests' keys that lies on the given primary of the start. */
function keyOn(primary: number): string {
  return keyWhere(({ slot }) => Math.floor((slot * PRIMARIES) / SLOTS) === primary);
}

function keyWhere(isRight: (bucket: ClusterBucket) => boolean, skipped = 0): string {
  let left = skipped;
  const buckets = clusterBuckets(PREFIX, BUCKETS);
  for (let index = 0; ; index += 1) {
    const bucket = buckets[bucketIndexOf(`k${index}`, BUCKETS)];
    if (bucket === undefined || !isRight(bucket)) continue;
    if (left === 0) return `k${index}`;
    left -= 1;
  }
}

function bucketOf(key: string): ClusterBucket {
  const bucket = clusterBuckets(PREFIX, BUCKETS)[bucketIndexOf(key, BUCKETS)];
  if (bucket === undefined) throw new TypeError("a key has no bucket");
  return bucket;
}

function found<Item>(item: Item | undefined): Item {
  if (item === undefined) throw new TypeError("a node is missing");
  return item;
}

for (const engine of (["valkey", "redis"] as const).filter((name) => fetched[name].available)) {
  describe(`a ${engine} cluster that changes`, () => {
    const [here, there] = [keyOn(0), keyOn(1)];
    let bench: ClusterBench;
    let client: Cluster;
    let cache: ValkeyCache;
    let primary: ServerHandle;
    let replica: ServerHandle;

    const cacheVersion = async (epoch: number, version: number): Promise<void> => {
      const [keys, id] = [[here, there], `i${version}`];
      const fences = keys.map((key) => ({ key, version: versionOf(version), id }));
      expect(await cache.fence(epoch, fences)).toMatchObject([{ kind: "fenced" }, { kind: "fenced" }]);
      const copies = keys.map((key) => ({ key, id, copy: copyOf(version), ttlMs: TTL_MS }));
      expect(await cache.publish(epoch, copies)).toEqual([SETTLED, SETTLED]);
    };
    const epoch2Works = async (): Promise<void> => {
      expect(await cache.begin(2)).toEqual(SETTLED);
      expect(await cache.check(2)).toEqual(SETTLED);
      await cacheVersion(2, 2);
      expect(await cache.get(2, [here, there])).toMatchObject([clean(2), clean(2)]);
      expect(await cache.get(1, [here, there])).toMatchObject([lost, lost]);
    };

    beforeEach(async () => {
      bench = await openClusterBench(engine, { nodeTimeoutMs: NODE_TIMEOUT_MS });
      client = await bench.connect();
      cache = await bench.open({ client, prefix: PREFIX, buckets: BUCKETS, commandBudgetMs: 400 });
      primary = found(bench.servers.primaries[0]);
      replica = found(bench.servers.replicas[0]?.[0]);
      expect(await cache.begin(1)).toEqual(SETTLED);
      await cacheVersion(1, 1);
      expect(await cache.get(1, [there, here])).toMatchObject([clean(1), clean(1)]);
    });
    afterEach(() => bench.stop());

    it("says so, for the keys of that node, after FLUSHALL of one primary", async () => {
      await bench.admin(primary.url).flushall();
      expect(await cache.get(1, [here, there])).toMatchObject([lost, clean(1)]);
      expect(await cache.fence(1, [{ key: here, version: versionOf(2), id: "j" }])).toMatchObject([lost]);
      expect(await cache.check(1)).toMatchObject(lost);
      await epoch2Works();
    });

    it("says so when a primary died and its replica, with the old guard, took its place", async () => {
      await primary.kill("SIGKILL");
      const [first, other] = await cache.get(1, [here, there]);
      expect([first, other]).toMatchObject([{ kind: "failed", error: { code: "CACHE_UNAVAILABLE" } }, clean(1)]);
      expect(await cache.probe()).toMatchObject({ kind: "failed", error: { code: "CACHE_UNAVAILABLE" } });
      const answers: (string | undefined)[] = [];
      await expect
        .poll(async () => {
          const [reply] = await cache.get(1, [here]);
          answers.push(reply?.kind === "failed" ? reply.error.code : reply?.kind);
          return answers.at(-1);
        }, TIMEOUT)
        .toBe("CACHE_LOST");
      expect(answers).not.toContain("got");
      await expect.poll(() => cache.probe(), TIMEOUT).toEqual(SETTLED);
      await epoch2Works();
      // The dead primary comes back, empty, as a replica: nothing changes.
      await primary.restart({ keepData: true });
      await bench.servers.untilOk();
      expect(await cache.get(2, [here, there])).toMatchObject([clean(2), clean(2)]);
    });

    it("says so when a primary is demoted, and when it is promoted back", async () => {
      await bench.promote(replica);
      await expect.poll(() => cache.get(1, [here]), TIMEOUT).toMatchObject([lost]);
      expect(await cache.get(1, [here, there])).toMatchObject([lost, clean(1)]);
      await bench.servers.untilOk();
      await bench.promote(primary);
      await expect.poll(() => cache.get(1, [here]), TIMEOUT).toMatchObject([lost]);
      await expect.poll(() => cache.probe(), TIMEOUT).toEqual(SETTLED);
      await epoch2Works();
    });

    it("says so as soon as a bucket's guard has moved, and when its slot has", async () => {
      const { slot, guardKey, entryPrefix } = bucketOf(here);
      const [source, target] = [bench.admin(primary.url), bench.admin(found(bench.servers.primaries[1]).url)];
      const [from, to] = [String(await source.call("CLUSTER", "MYID")), String(await target.call("CLUSTER", "MYID"))];
      const { port } = found(bench.servers.primaries[1]);
      const move = (key: string): Promise<unknown> => source.call("MIGRATE", "127.0.0.1", port, key, 0, 1_000);
      const stale = await bench.open({ prefix: PREFIX, buckets: BUCKETS });
      expect(await stale.get(1, [here])).toMatchObject([clean(1)]);

      await target.call("CLUSTER", "SETSLOT", slot, "IMPORTING", from);
      await source.call("CLUSTER", "SETSLOT", slot, "MIGRATING", to);
      expect(await cache.get(1, [here, there])).toMatchObject([clean(1), clean(1)]);
      // A key that is not there may already be at the other node; only that is unknown.
      const absent = keyWhere((bucket) => bucket.slot === slot, 1);
      const unknown = { kind: "failed", error: { code: "CACHE_UNAVAILABLE" } };
      expect(await cache.get(1, [absent, there])).toMatchObject([unknown, clean(1)]);
      expect(await cache.fence(1, [{ key: absent, version: versionOf(2), id: "j" }])).toMatchObject([unknown]);
      await move(guardKey);
      expect(await cache.get(1, [here, there])).toMatchObject([lost, clean(1)]);
      await move(entryPrefix + here);
      expect(await cache.get(1, [here, there])).toMatchObject([lost, clean(1)]);
      expect(await cache.fence(1, [{ key: here, version: versionOf(2), id: "j" }])).toMatchObject([lost]);

      for (const node of [target, source]) await node.call("CLUSTER", "SETSLOT", slot, "NODE", to);
      expect(await cache.get(1, [here, there])).toMatchObject([lost, clean(1)]);
      await epoch2Works();
      // A process that still sends to the node that had the slot is redirected to the node that has it now.
      expect(await stale.get(2, [here])).toMatchObject([clean(2)]);
    });
  });
}
