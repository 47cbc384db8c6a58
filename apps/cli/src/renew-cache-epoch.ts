/** Begins a new epoch of the cache: what ends CACHE_LOST. */
import { cachePrefixOf, createCacheClient, createDynamoDb, createLogger, type Settings } from "@trilane/lane-kit";
import { renewEpoch, systemClock } from "@trilane/write-through";
import { DynamoRegime } from "@trilane/write-through/dynamodb";
import { checkCacheServer, ValkeyCache } from "@trilane/write-through/valkey";
import { logLevel } from "./config.ts";

/** Without the platform, which refuses to open on a lost cache. Resolves with the new epoch. */
export async function renewCacheEpoch(settings: Settings): Promise<number> {
  const client = createCacheClient(settings, createLogger("trilane", logLevel()));
  const dynamodb = createDynamoDb(settings);
  try {
    await client.connect();
    await checkCacheServer(client);
    const cache = new ValkeyCache(client, systemClock, { prefix: cachePrefixOf(settings) });
    return await renewEpoch({ regime: new DynamoRegime(dynamodb, { table: settings.table }), cache });
  } finally {
    client.disconnect();
    dynamodb.destroy();
  }
}
