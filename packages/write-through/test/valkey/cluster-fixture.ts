/** A cluster, its clients, and the changes that tests make to it. */
import {
  cacheConfig,
  type RedisClusterHandle,
  type ServerHandle,
  startRedisCluster,
  type StartRedisClusterOptions,
} from "@trilane/servers";
import { Cluster, Redis } from "ioredis";
import { expect } from "vitest";
import { systemClock } from "../../src/system-clock.ts";
import { cacheClusterOptions, ValkeyCache, type ValkeyCacheOptions } from "../../src/valkey/index.ts";

export interface ClusterBench {
  readonly servers: RedisClusterHandle;
  /** @param timeoutMs of a command and of a connection; default: 500 */
  connect(timeoutMs?: number): Promise<Cluster>;
  /** An ordinary client, for the actions of another program: it waits, and sends again. */
  patient(): Cluster;
  /** Opens a cache under a prefix of its own. */
  open(options?: ValkeyCacheOptions & { readonly client?: Cluster }): Promise<ValkeyCache>;
  /** A plain connection to one node, for the actions of an operator. */
  admin(url: string): Redis;
  /** A hand-over to a replica. */
  promote(replica: ServerHandle): Promise<void>;
  /** Moves a slot with all its keys to another primary, as a resharding does. */
  moveSlot(slot: number): Promise<void>;
  stop(): Promise<void>;
}

const MOVED_AT_ONCE = 10;
const TIMEOUT_MS = 500;

export async function openClusterBench(
  engine: "valkey" | "redis",
  { config = {}, ...options }: Omit<StartRedisClusterOptions, "engine"> = {},
): Promise<ClusterBench> {
  const servers = await startRedisCluster({ ...options, engine, config: { ...cacheConfig("64mb"), ...config } });
  const clients: { disconnect(): void }[] = [];
  let opened = 0;
  const connect = async (timeoutMs = TIMEOUT_MS): Promise<Cluster> => {
    const times = { commandTimeoutMs: timeoutMs, connectTimeoutMs: timeoutMs };
    const client = new Cluster(servers.url.split(","), cacheClusterOptions({}, times));
    client.on("error", () => undefined);
    // Tests open many caches over one client, and each listens to the nodes' connections.
    client.on("+node", (node: Redis) => node.setMaxListeners(0));
    clients.push(client);
    await client.connect();
    return client;
  };
  const admin = (url: string): Redis => {
    const client = new Redis(url, { maxRetriesPerRequest: 0 });
    client.on("error", () => undefined);
    clients.push(client);
    return client;
  };
  return {
    servers,
    connect,
    patient() {
      const client = new Cluster(servers.url.split(","));
      client.on("error", () => undefined);
      clients.push(client);
      return client;
    },
    admin,
    promote: (replica) => promote(admin(replica.url)),
    async moveSlot(slot) {
      const map = await connect();
      const owner = map.slots[slot]?.[0] ?? "";
      const other = map.slots.find((nodes) => nodes[0] !== owner)?.[0] ?? "";
      await moveSlot(slot, { source: admin(`redis://${owner}`), target: admin(`redis://${other}`) });
    },
    async open({ client, ...options } = {}) {
      opened += 1;
      return new ValkeyCache(client ?? (await connect()), systemClock, { prefix: `p${opened}:`, ...options });
    },
    async stop() {
      for (const client of clients.splice(0)) client.disconnect();
      await servers.stop();
    },
  };
}

/**
 * A hand-over is given up after five seconds where the primary did not wait for its replica, and is then asked for
 * again.
 */
async function promote(replica: Redis): Promise<void> {
  const role = async (): Promise<string> => {
    const information = await replica.info("replication");
    if (information.includes("role:slave")) await replica.call("CLUSTER", "FAILOVER").catch(() => undefined);
    return information;
  };
  await expect.poll(role, { timeout: 30_000, interval: 500 }).toContain("role:master");
}

async function moveSlot(slot: number, { source, target }: { source: Redis; target: Redis }): Promise<void> {
  const [from, to] = [String(await source.call("CLUSTER", "MYID")), String(await target.call("CLUSTER", "MYID"))];
  await target.call("CLUSTER", "SETSLOT", slot, "IMPORTING", from);
  await source.call("CLUSTER", "SETSLOT", slot, "MIGRATING", to);
  for (;;) {
    const keys = await source.call("CLUSTER", "GETKEYSINSLOT", slot, MOVED_AT_ONCE);
    if (!Array.isArray(keys) || keys.length === 0) break;
    const { host, port } = target.options;
    await source.call("MIGRATE", host ?? "", port ?? 0, "", 0, 1_000, "KEYS", ...keys.map(String));
  }
  for (const node of [target, source]) await node.call("CLUSTER", "SETSLOT", slot, "NODE", to);
}
