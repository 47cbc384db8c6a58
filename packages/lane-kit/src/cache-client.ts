/**
 * Makes the client of the cache, by its topology: one server or a managed
 * primary's address, a primary that Sentinel names, or a cluster. Timeouts and
 * retries are those of the core's `client-options.ts`.
 */
import { isIntactCopy } from "@trilane/feature-groups";
import { type StoredCopy, systemClock } from "@trilane/write-through";
import { cacheClientOptions, cacheClusterOptions, ValkeyCache } from "@trilane/write-through/valkey";
import { Cluster, Redis } from "ioredis";
import type { Logger } from "pino";
import { withAccess } from "./redis-access.ts";
import { type Address, addressesOf, credentialsOf, SENTINEL_PORT, sentinelOptions } from "./sentinel-options.ts";
import type { Settings } from "./settings/load-settings.ts";
import { within } from "./within.ts";

export type CacheClient = Redis | Cluster;

const SERVER_PORT = 6_379;
/** A client looks for its servers without end, but the start of a process waits only this long for it. */
const CONNECT_WITHIN_MS = 5_000;

/** One cache may serve several tables: each has entries, a guard and an epoch of its own. */
export function cachePrefixOf({ table }: Settings): string {
  return `${table}:`;
}

/** Makes a client that is not connected yet. Its `process` shows in the server's CLIENT LIST. */
export function createCacheClient(
  settings: Settings,
  { logger, process }: { logger: Logger; process: string },
): CacheClient {
  const connectionName = connectionPrefix(settings) + process.replaceAll(/[^!-~]/g, "-");
  const client = withAccess(constructClient(settings, connectionName), settings.cacheAccess);
  // Without a listener the client prints to the console; every failed call is reported by its caller as well.
  client.on("error", (error: Error) => logger.debug({ error: error.message }, "cache connection"));
  return client;
}

export function createCache(
  settings: Settings,
  client: CacheClient,
  isIntact: (copy: StoredCopy) => boolean = isIntactCopy,
): ValkeyCache {
  const buckets = settings.cacheBuckets === undefined ? {} : { buckets: settings.cacheBuckets };
  return new ValkeyCache(client, systemClock, { prefix: cachePrefixOf(settings), isIntact, ...buckets });
}

/**
 * The processes of this table that are connected to the cache, by name; `cache` itself counts as one.
 * @throws CoreError where a server does not answer, or does not list its clients
 */
export async function connectedProcesses(settings: Settings, cache: ValkeyCache): Promise<readonly string[]> {
  const prefix = connectionPrefix(settings);
  const names = (await cache.connections()).map(({ name }) => name).filter((name) => name.startsWith(prefix));
  return [...new Set(names.map((name) => name.slice(prefix.length)))].toSorted();
}

function connectionPrefix({ table }: Settings): string {
  return `trilane:${table}:`;
}

/**
 * @throws Error when there is no connection in time, with the last message of the server or the network; the client
 *   keeps trying
 */
export async function connectCacheClient(client: CacheClient): Promise<void> {
  let said: Error | null = null;
  const onError = (error: Error): void => {
    said = error;
  };
  client.on("error", onError);
  try {
    await within(client.connect(), { clock: systemClock, limitMs: CONNECT_WITHIN_MS, missing: "no connection" });
  } catch (error) {
    // The client's own error says only that the connection is closed.
    throw said ?? error;
  } finally {
    client.off("error", onError);
  }
}

/** The addresses of the servers, or of the sentinels. */
export function cacheAddressesOf({ cacheUrl, cacheTopology }: Settings): readonly Address[] {
  return addressesOf(cacheUrl, cacheTopology === "sentinel" ? SENTINEL_PORT : SERVER_PORT);
}

function constructClient(settings: Settings, connectionName: string): CacheClient {
  const { cacheUrl, cacheTopology, cacheSentinelName, cacheSentinelPassword } = settings;
  if (cacheTopology === "single") return new Redis(cacheUrl, { ...cacheClientOptions(), connectionName });
  const node = { ...credentialsOf(cacheUrl), connectionName };
  if (cacheTopology === "cluster") return new Cluster(addressesOf(cacheUrl, SERVER_PORT), cacheClusterOptions(node));
  return new Redis({
    ...cacheClientOptions(),
    connectionName,
    ...sentinelOptions({
      urls: cacheUrl,
      name: cacheSentinelName ?? "",
      password: cacheSentinelPassword?.(),
      commandTimeoutMs: cacheClientOptions().commandTimeout ?? CONNECT_WITHIN_MS,
    }),
  });
}
