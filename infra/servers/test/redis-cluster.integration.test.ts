/** A cluster of either engine: slots, replicas, a death with promotion, a return. */
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { fetchServers } from "../src/fetch-servers.ts";
import { startRedisCluster } from "../src/redis-cluster.ts";
import { cacheConfig } from "../src/redis-server.ts";
import { expectGone } from "./fixtures/expect-gone.ts";

const fetched = await fetchServers();
const engines = (["valkey", "redis"] as const).filter((engine) => fetched[engine].available);

async function roleOf(url: string): Promise<string> {
  const client = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => null, commandTimeout: 1_000 });
  client.on("error", () => {});
  try {
    return /role:(\w+)/.exec(await client.info("replication"))?.[1] ?? "unknown";
  } finally {
    client.disconnect();
  }
}

describe.each(engines)("a %s cluster", (engine) => {
  it("promotes the replica of a primary that died, takes the dead one back as a replica, and leaves nothing", async () => {
    const cluster = await startRedisCluster({ engine, config: cacheConfig("32mb") });
    const { nodes, primaries, replicas } = cluster;
    expect(nodes.map(({ engine: met }) => met)).toEqual(Array.from({ length: 6 }, () => engine));
    const [primary, replica] = [primaries[0], replicas[0]?.[0]];
    if (primary === undefined || replica === undefined) throw new TypeError("a node is missing");
    expect([await roleOf(primary.url), await roleOf(replica.url)]).toEqual(["master", "slave"]);
    await primary.kill("SIGKILL");
    await expect.poll(() => roleOf(replica.url), { timeout: 20_000 }).toBe("master");
    await primary.restart({ keepData: true });
    await expect.poll(() => roleOf(primary.url), { timeout: 20_000 }).toBe("slave");
    await cluster.untilOk();
    await cluster.stop();
    await expectGone({ pids: nodes.map(({ pid }) => pid), ports: nodes.map(({ port }) => port) });
  });
});
