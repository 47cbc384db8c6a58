/**
 * The real servers of a comparison, which are started once and emptied before
 * each run.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { localCredentials, type ServerHandle, startDynamoDb } from "@trilane/servers";
import { applyTable, storeClientOptions } from "@trilane/write-through/dynamodb";
import { CachePair, ROOM_BYTES } from "./cache-pair.ts";

/** Connections of an administrator, which do not go through the proxies. */
export interface ComparisonServers {
  readonly store: DynamoDBClient;
  readonly storePort: number;
  readonly cache: CachePair;
  /** `DynamoDB Local 3.3.1, valkey 8.0.1 with 1.5 MB for copies and volatile-lru` */
  readonly description: string;
  /** Prepares an empty cache, with or without a replica, and an empty table of this name. */
  prepare(table: string, options: { readonly hasReplica: boolean }): Promise<void>;
  stop(): Promise<void>;
}

export async function startComparisonServers(): Promise<ComparisonServers> {
  const cache = await CachePair.start();
  try {
    const storeServer = await startDynamoDb();
    const store = clientOf(storeServer);
    return {
      store,
      storePort: storeServer.port,
      cache,
      description: describe(cache.primary, storeServer),
      async prepare(table, options) {
        await cache.prepare(options);
        await applyTable(store, table);
      },
      async stop() {
        store.destroy();
        await Promise.all([cache.stop(), storeServer.stop()]);
      },
    };
  } catch (error) {
    await cache.stop();
    throw error;
  }
}

function clientOf({ url }: ServerHandle): DynamoDBClient {
  const { region, ...credentials } = localCredentials;
  return new DynamoDBClient({ ...storeClientOptions(), region, credentials, endpoint: url });
}

function describe(cache: ServerHandle, store: ServerHandle): string {
  const room = `${ROOM_BYTES / 1e6} MB for copies`;
  return `DynamoDB Local ${store.version}, ${cache.engine} ${cache.version} with ${room} and volatile-lru`;
}
