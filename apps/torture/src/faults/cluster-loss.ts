/**
 * Causes the losses of a cluster of three primaries with a replica each: a
 * primary dies and its replica takes its place, a primary stands still for
 * longer than the others wait, a primary hands over, and a primary loses all
 * its entries. Clients speak with the nodes directly, since a cluster tells
 * them where to go.
 */
import { setTimeout as delay } from "node:timers/promises";
import {
  cacheConfig,
  type RedisClusterHandle,
  type RedisEngine,
  type ServerHandle,
  startRedisCluster,
} from "@trilane/servers";
import type { Random } from "@trilane/write-through";
import { Redis } from "ioredis";
import type { CacheLossFaults, CacheLossKind } from "./cache-loss.ts";

const NODE_TIMEOUT_MS = 1_500;
const PAUSE_MS = 4_500;
const BUCKETS = 16;
const ROLE_POLL_MS = 100;
const ROLE_POLLS_MAX = 100;

export class ClusterLoss implements CacheLossFaults {
  readonly environment: Readonly<Record<string, string>>;
  readonly #cluster: RedisClusterHandle;
  readonly #random: Random;

  static async open(options: {
    readonly engine: RedisEngine | undefined;
    readonly random: Random;
  }): Promise<ClusterLoss> {
    const { engine, random } = options;
    const cluster = await startRedisCluster({
      ...(engine === undefined ? {} : { engine }),
      config: cacheConfig(),
      nodeTimeoutMs: NODE_TIMEOUT_MS,
    });
    return new ClusterLoss(cluster, random);
  }

  private constructor(cluster: RedisClusterHandle, random: Random) {
    this.#cluster = cluster;
    this.#random = random;
    this.environment = {
      TRILANE_CACHE_TOPOLOGY: "cluster",
      TRILANE_CACHE_URL: cluster.url,
      TRILANE_CACHE_BUCKETS: String(BUCKETS),
    };
  }

  urls(): readonly string[] {
    return this.#cluster.nodes.map(({ url }) => url);
  }

  kinds(): readonly CacheLossKind[] {
    return [
      { name: "cache-loss a primary dies and comes back empty", run: () => this.#killPrimary() },
      { name: "cache-loss a primary stands still and is replaced", run: () => this.#pausePrimary() },
      { name: "cache-loss a primary hands over to its replica", run: () => this.#handOver() },
      { name: "cache-loss FLUSHALL of a primary", run: () => this.#flushPrimary() },
    ];
  }

  close(): Promise<void> {
    return this.#cluster.stop();
  }

  async #killPrimary(): Promise<string> {
    const primary = await this.#anyOf("master");
    await primary.kill("SIGKILL");
    await delay(NODE_TIMEOUT_MS * 2);
    // It still knows the cluster, but its memory is empty.
    await primary.restart({ keepData: true });
    await this.#cluster.untilOk();
    return `port ${primary.port}`;
  }

  async #pausePrimary(): Promise<string> {
    const primary = await this.#anyOf("master");
    await primary.kill("SIGSTOP");
    await delay(PAUSE_MS);
    await primary.kill("SIGCONT");
    await this.#cluster.untilOk();
    return `port ${primary.port}`;
  }

  async #handOver(): Promise<string> {
    const replica = await this.#anyOf("slave");
    await withNode(replica, async (client) => {
      for (let poll = 0; poll < ROLE_POLLS_MAX; poll += 1) {
        if ((await roleOf(client)) === "master") return;
        // A hand-over that is under way, or was given up, is requested again.
        await client.call("CLUSTER", "FAILOVER").catch(() => undefined);
        await delay(ROLE_POLL_MS);
      }
      throw new Error(`the replica on port ${replica.port} did not become a primary`);
    });
    await this.#cluster.untilOk();
    return `port ${replica.port}`;
  }

  async #flushPrimary(): Promise<string> {
    const primary = await this.#anyOf("master");
    await withNode(primary, (client) => client.flushall());
    return `port ${primary.port}`;
  }

  async #anyOf(role: string): Promise<ServerHandle> {
    const roles = await Promise.all(this.#cluster.nodes.map((node) => withNode(node, roleOf)));
    const some = this.#cluster.nodes.filter((_, index) => roles[index] === role);
    const chosen = some[Math.floor(this.#random() * some.length)];
    if (chosen === undefined) throw new Error(`no node of the cluster is a ${role}`);
    return chosen;
  }
}

async function roleOf(client: Redis): Promise<string> {
  return /role:(\w+)/.exec(await client.info("replication"))?.[1] ?? "unknown";
}

async function withNode<Result>(node: ServerHandle, use: (client: Redis) => Promise<Result>): Promise<Result> {
  const client = new Redis(node.url, { commandTimeout: 10_000, maxRetriesPerRequest: 3 });
  client.on("error", () => undefined);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}
