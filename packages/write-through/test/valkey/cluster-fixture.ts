/** A cluster, clients of it, and what is done to it in tests. */
import { cacheConfig, type RedisClusterHandle, type RedisConfig, startRedisCluster } from "@trilane/servers";
import { Cluster, Redis } from "ioredis";
import { systemClock } from "../../src/system-clock.ts";
import { cacheClusterOptions, ValkeyCache, type ValkeyCacheOptions } from "../../src/valkey/index.ts";

export interface ClusterBench {
  readonly servers: RedisClusterHandle;
  connect(): Promise<Cluster>;
  /** Under a prefix of its own. */
  open(options?: ValkeyCacheOptions & { readonly client?: Cluster }): Promise<ValkeyCache>;
  /** A plain connection to one node, for what an operator does. */
  admin(url: string): Redis;
  disconnect(): void;
  stop(): Promise<void>;
}

const TIMES = { commandTimeoutMs: 500, connectTimeoutMs: 500 };

export async function openClusterBench(
  engine: "valkey" | "redis",
  { replicasEach = 1, config = {} }: { replicasEach?: number; config?: RedisConfig } = {},
): Promise<ClusterBench> {
  const servers = await startRedisCluster({ engine, replicasEach, config: { ...cacheConfig("64mb"), ...config } });
  const clients: { disconnect(): void }[] = [];
  let opened = 0;
  const connect = async (): Promise<Cluster> => {
    const client = new Cluster(servers.url.split(","), cacheClusterOptions({}, TIMES));
    client.on("error", () => undefined);
    // Tests open many caches over one client, and each listens to the nodes' connections.
    client.on("+node", (node: Redis) => node.setMaxListeners(0));
    clients.push(client);
    await client.connect();
    return client;
  };
  const disconnect = (): void => {
    for (const client of clients.splice(0)) client.disconnect();
  };
  return {
    servers,
    connect,
    disconnect,
    async open({ client, ...options } = {}) {
      opened += 1;
      return new ValkeyCache(client ?? (await connect()), systemClock, { prefix: `p${opened}:`, ...options });
    },
    admin(url) {
      const client = new Redis(url, { maxRetriesPerRequest: 0 });
      client.on("error", () => undefined);
      clients.push(client);
      return client;
    },
    async stop() {
      disconnect();
      await servers.stop();
    },
  };
}
