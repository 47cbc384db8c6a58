/**
 * Opens the cache epoch record and the cache for the time of one command,
 * without keeping a lease as a lane does.
 */
import { hostname, userInfo } from "node:os";
import {
  cacheNameOf,
  connectCacheClient,
  connectedProcesses,
  createCache,
  createCacheClient,
  createDynamoDb,
  createLogger,
  openCacheLogin,
  type Settings,
} from "@trilane/lane-kit";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Cache, CacheEpochStore } from "@trilane/write-through";
import { DynamoCacheEpoch } from "@trilane/write-through/dynamodb";
import type { CacheServer } from "@trilane/write-through/valkey";
import { logLevel } from "./config.ts";

export interface CacheEpoch {
  readonly cacheEpochs: CacheEpochStore;
  readonly cache: Cache;
  readonly dynamodb: DynamoDBClient;
  readonly cacheName: string;
  /** The person who asks, for the record. */
  readonly by: string;
  /** Describes every primary of the cache. @throws CoreError as `checkCacheServer` does */
  describeServers(): Promise<readonly CacheServer[]>;
  /**
   * Lists other processes of this table that are connected to the cache. @throws CoreError as `connectedProcesses` does
   */
  listProcesses(): Promise<readonly string[]>;
}

export async function withCacheEpoch<Result>(
  settings: Settings,
  run: (cacheEpoch: CacheEpoch) => Promise<Result>,
): Promise<Result> {
  const self = `cli-${process.pid}`;
  const logger = createLogger("trilane", logLevel());
  const dynamodb = createDynamoDb(settings);
  const login = await openCacheLogin(settings, { dynamodb, logger });
  const client = createCacheClient(login.settings, { logger, process: self });
  const cache = createCache(settings, client);
  try {
    // A cache that does not answer is a state to show, and to switch off.
    await connectCacheClient(client).catch(() => undefined);
    return await run({
      cacheEpochs: new DynamoCacheEpoch(dynamodb, { table: settings.table }),
      cache,
      dynamodb,
      cacheName: cacheNameOf(settings),
      by: `${userInfo().username}@${hostname()}`,
      describeServers: () => cache.describe(),
      listProcesses: async () => (await connectedProcesses(settings, cache)).filter((name) => name !== self),
    });
  } finally {
    login.close();
    client.disconnect();
    dynamodb.destroy();
  }
}
