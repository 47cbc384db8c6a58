/** The regime record and the cache for the time of one command, without keeping a lease as a lane does. */
import { hostname, userInfo } from "node:os";
import { cachePrefixOf, createCacheClient, createDynamoDb, createLogger, type Settings } from "@trilane/lane-kit";
import { type Cache, type RegimeStore, systemClock } from "@trilane/write-through";
import { DynamoRegime } from "@trilane/write-through/dynamodb";
import { type CacheServer, checkCacheServer, ValkeyCache } from "@trilane/write-through/valkey";
import { logLevel } from "./config.ts";

export interface CacheRegime {
  readonly regimes: RegimeStore;
  readonly cache: Cache;
  /** Who asks, for the record. */
  readonly by: string;
  /** @throws CoreError as `checkCacheServer` */
  describeServer(): Promise<CacheServer>;
}

export async function withCacheRegime<Result>(
  settings: Settings,
  run: (regime: CacheRegime) => Promise<Result>,
): Promise<Result> {
  const client = createCacheClient(settings, createLogger("trilane", logLevel()));
  const dynamodb = createDynamoDb(settings);
  try {
    // One that does not answer is a state to be shown, and to be switched off.
    await client.connect().catch(() => undefined);
    return await run({
      regimes: new DynamoRegime(dynamodb, { table: settings.table }),
      cache: new ValkeyCache(client, systemClock, { prefix: cachePrefixOf(settings) }),
      by: `${userInfo().username}@${hostname()}`,
      describeServer: () => checkCacheServer(client),
    });
  } finally {
    client.disconnect();
    dynamodb.destroy();
  }
}
