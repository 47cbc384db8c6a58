/** The real servers of a comparison: started once, emptied before each run. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { cacheConfig, localCredentials, type ServerHandle, startDynamoDb, startRedis } from "@trilane/servers";
import { applyTable, storeClientOptions } from "@trilane/write-through/dynamodb";
import { cacheClientOptions } from "@trilane/write-through/valkey";
import { Redis } from "ioredis";

/** What an administrator would use: not through the proxies. */
export interface ComparisonServers {
  readonly store: DynamoDBClient;
  readonly storePort: number;
  readonly cache: Redis;
  readonly cachePort: number;
  /** `DynamoDB Local 3.3.1, valkey 8.0.1 with 1.5 MB for copies` */
  readonly description: string;
  /** An empty cache and an empty table of this name. */
  prepare(table: string): Promise<void>;
  /** Keys that the cache evicted since it was prepared. */
  evictions(): Promise<number>;
  stop(): Promise<void>;
}

/** For copies, beyond what the empty server needs; its clients' buffers count as well. */
const ROOM_BYTES = 1_500_000;

export async function startComparisonServers(): Promise<ComparisonServers> {
  const started: ServerHandle[] = [];
  try {
    const cacheServer = await startRedis({ config: cacheConfig() });
    started.push(cacheServer);
    const storeServer = await startDynamoDb();
    started.push(storeServer);
    const cache = new Redis(cacheServer.url, cacheClientOptions());
    await cache.connect();
    return { ...adminOf(cache, storeServer), ...describe(cacheServer, storeServer), stop: () => stop(started, cache) };
  } catch (error) {
    await Promise.all(started.map((server) => server.stop()));
    throw error;
  }
}

function adminOf(cache: Redis, storeServer: ServerHandle) {
  const { region, ...credentials } = localCredentials;
  const store = new DynamoDBClient({ ...storeClientOptions(), region, credentials, endpoint: storeServer.url });
  return {
    store,
    cache,
    async prepare(table: string): Promise<void> {
      await cache.flushall();
      await cache.config("RESETSTAT");
      const used = Number(/used_memory:(\d+)/.exec(await cache.info("memory"))?.[1]);
      await cache.config("SET", "maxmemory", used + ROOM_BYTES);
      await applyTable(store, table);
    },
    async evictions(): Promise<number> {
      return Number(/evicted_keys:(\d+)/.exec(await cache.info("stats"))?.[1] ?? 0);
    },
  };
}

function describe(cache: ServerHandle, store: ServerHandle) {
  return {
    storePort: store.port,
    cachePort: cache.port,
    description: `DynamoDB Local ${store.version}, ${cache.engine} ${cache.version} with ${ROOM_BYTES / 1e6} MB for copies and volatile-lru`,
  };
}

async function stop(servers: readonly ServerHandle[], cache: Redis): Promise<void> {
  cache.disconnect();
  await Promise.all(servers.map((server) => server.stop()));
}
