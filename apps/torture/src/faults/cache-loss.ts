/**
 * Causes the faults against which the cache epochs protect: a cache loses all
 * or some of its entries, or two servers are both used as the cache. The
 * clients reach the cache through proxies, which stand for a managed endpoint:
 * after a failover they lead to the new primary.
 */
import { setTimeout as delay } from "node:timers/promises";
import { cacheConfig, type RedisEngine, type ServerHandle, startRedis } from "@trilane/servers";
import type { Random } from "@trilane/write-through";
import { Redis } from "ioredis";
import type { Link, TortureServers } from "../torture-servers.ts";

export type CacheTopology = "single" | "replicated" | "cluster";

export interface CacheLossKind {
  readonly name: string;
  readonly run: () => Promise<string>;
}

/** The ways in which a cache of some topology is lost. */
export interface CacheLossFaults {
  /** For every process: the address of the cache, if it is not behind the proxies. */
  readonly environment: Readonly<Record<string, string>>;
  /** The addresses of all its servers. */
  urls(): readonly string[];
  kinds(): readonly CacheLossKind[];
  close(): Promise<void>;
}

export interface CacheLossOptions {
  readonly servers: TortureServers;
  readonly topology: Exclude<CacheTopology, "cluster">;
  readonly engine: RedisEngine | undefined;
  readonly random: Random;
}

/** It is longer than the grace period, so that the cache is switched off. */
const CUT_MS = 4_000;
const DOWN_MS_MAX = 4_000;
const SPLIT_MS = 2_500;
const DEMOTED_MS = 400;
const NO_EVICTION_MS = 2_000;
/** Time for writes that a paused replica misses. */
const MISSED_MS = 700;
const SYNC_POLL_MS = 50;
const SYNC_POLLS_MAX = 200;

export class CacheLoss implements CacheLossFaults {
  readonly environment: Readonly<Record<string, string>> = {};
  readonly #links: readonly Link[];
  readonly #random: Random;
  #primary: ServerHandle;
  #replica: ServerHandle | null;

  static async open(options: CacheLossOptions): Promise<CacheLoss> {
    const { servers, topology, engine } = options;
    const primary = servers.servers.cache;
    if (topology === "single") return new CacheLoss(options, primary, null);
    const replica = await startRedis({
      ...(engine === undefined ? {} : { engine }),
      name: "cache-replica",
      config: cacheConfig(),
    });
    const loss = new CacheLoss(options, primary, replica);
    await loss.#follow(replica, primary);
    return loss;
  }

  private constructor({ servers, random }: CacheLossOptions, primary: ServerHandle, replica: ServerHandle | null) {
    this.#links = servers.links.filter(({ server }) => server === "cache");
    this.#random = random;
    this.#primary = primary;
    this.#replica = replica;
  }

  urls(): readonly string[] {
    return [this.#primary, this.#replica].flatMap((server) => (server === null ? [] : [server.url]));
  }

  /** All losses that are possible in this topology. */
  kinds(): readonly CacheLossKind[] {
    const always: readonly CacheLossKind[] = [
      { name: "cache-loss FLUSHALL", run: () => this.#flush() },
      { name: "cache-loss kill -9, empty restart", run: () => this.#restartEmpty() },
      { name: "cache-loss restart with old data", run: () => this.#restartOld() },
      { name: "cache-loss one process cut off", run: () => this.#cutOne() },
      { name: "cache-loss all processes cut off", run: () => this.#cutAll() },
      { name: "cache-loss noeviction by mistake", run: () => this.#fillWithoutEviction() },
    ];
    if (this.#replica === null) return always;
    return [
      ...always.slice(0, 1),
      ...always.slice(3),
      { name: "cache-loss failover to a replica that missed writes", run: () => this.#failOver() },
      { name: "cache-loss failover with split brain", run: () => this.#splitBrain() },
      { name: "cache-loss demoted and promoted back", run: () => this.#demoteAndBack() },
    ];
  }

  async close(): Promise<void> {
    // The primary of the beginning is stopped with the other servers.
    await this.#replica?.stop();
    await this.#primary.stop();
  }

  async #flush(): Promise<string> {
    await withClient(this.#primary, (client) => client.flushall());
    return "emptied";
  }

  async #restartEmpty(): Promise<string> {
    await this.#primary.kill("SIGKILL");
    const downMs = Math.round(this.#random() * DOWN_MS_MAX);
    await delay(downMs);
    await this.#primary.restart({ keepData: false });
    return `down for ${downMs} ms`;
  }

  /** Takes a snapshot, so that later writes are lost. */
  async #restartOld(): Promise<string> {
    const dump = await withClient(this.#primary, async (client) => {
      await client.call("SAVE");
      return client.dbsize();
    });
    await delay(MISSED_MS);
    await this.#primary.kill("SIGKILL");
    await this.#primary.restart({ keepData: true });
    const size = await withClient(this.#primary, (client) => client.dbsize());
    return `${size} of ${dump} keys came back`;
  }

  async #cutOne(): Promise<string> {
    const link = this.#links[Math.floor(this.#random() * this.#links.length)];
    if (link === undefined) throw new TypeError("no process is linked to the cache");
    link.proxy.apply({ kind: "cut" });
    await delay(CUT_MS);
    link.proxy.apply(null);
    return link.client;
  }

  async #cutAll(): Promise<string> {
    for (const { proxy } of this.#links) proxy.apply({ kind: "cut" });
    await delay(CUT_MS);
    for (const { proxy } of this.#links) proxy.apply(null);
    return `${this.#links.length} links`;
  }

  async #fillWithoutEviction(): Promise<string> {
    return withClient(this.#primary, async (client) => {
      const used = Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]);
      const [, before] = (await client.config("GET", "maxmemory")) as [string, string];
      await client.config("SET", "maxmemory-policy", "noeviction");
      await client.config("SET", "maxmemory", String(used));
      await delay(NO_EVICTION_MS);
      await client.config("SET", "maxmemory", before);
      await client.config("SET", "maxmemory-policy", "volatile-lru");
      return `full at ${used} bytes`;
    });
  }

  async #failOver(): Promise<string> {
    const [old, next] = this.#pair();
    await next.kill("SIGSTOP");
    await delay(MISSED_MS);
    await old.kill("SIGKILL");
    await next.kill("SIGCONT");
    await this.#promote(next, old);
    await old.restart({ keepData: false });
    await this.#follow(old, next);
    return `from port ${old.port} to ${next.port}`;
  }

  /** Some processes stay with the old primary while others are led to the new one. */
  async #splitBrain(): Promise<string> {
    const [old, next] = this.#pair();
    await next.kill("SIGSTOP");
    await delay(MISSED_MS);
    await next.kill("SIGCONT");
    const stay = this.#links.filter((_, index) => index % 2 === 0);
    await withClient(next, (client) => client.replicaof("NO", "ONE"));
    for (const { proxy } of this.#links) proxy.retarget(next.port);
    for (const link of this.#links) if (!stay.includes(link)) resetConnections(link);
    await delay(SPLIT_MS);
    for (const link of stay) resetConnections(link);
    [this.#primary, this.#replica] = [next, old];
    await this.#follow(old, next);
    return `${stay.map(({ client }) => client).join(", ")} stayed with the old one`;
  }

  /** The connections stay open through it, and the old data stay with them. */
  async #demoteAndBack(): Promise<string> {
    const [old, next] = this.#pair();
    await withClient(next, (client) => client.replicaof("NO", "ONE"));
    await withClient(old, async (client) => {
      await client.replicaof("127.0.0.1", next.port);
      await delay(DEMOTED_MS);
      await client.replicaof("NO", "ONE");
    });
    await this.#follow(next, old);
    return `port ${old.port}`;
  }

  #pair(): readonly [primary: ServerHandle, replica: ServerHandle] {
    if (this.#replica === null) throw new TypeError("this cache has no replica");
    return [this.#primary, this.#replica];
  }

  async #promote(next: ServerHandle, old: ServerHandle): Promise<void> {
    await withClient(next, (client) => client.replicaof("NO", "ONE"));
    for (const link of this.#links) {
      link.proxy.retarget(next.port);
      resetConnections(link);
    }
    [this.#primary, this.#replica] = [next, old];
  }

  /** Resolves when the replica has caught up. */
  async #follow(replica: ServerHandle, primary: ServerHandle): Promise<void> {
    await withClient(replica, async (client) => {
      await client.replicaof("127.0.0.1", primary.port);
      for (let poll = 0; poll < SYNC_POLLS_MAX; poll += 1) {
        if (/master_link_status:up/.test(await client.info("replication"))) return;
        await delay(SYNC_POLL_MS);
      }
      throw new Error(`the replica on port ${replica.port} did not catch up`);
    });
  }
}

function resetConnections({ proxy }: Link): void {
  proxy.apply({ kind: "cut" });
  proxy.apply(null);
}

async function withClient<Result>(server: ServerHandle, use: (client: Redis) => Promise<Result>): Promise<Result> {
  const client = new Redis(server.url, { commandTimeout: 10_000, maxRetriesPerRequest: 3 });
  client.on("error", () => undefined);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}
