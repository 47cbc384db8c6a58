/**
 * The options with which the cache's client must be constructed. The protocol
 * depends on every setting here: a client with others may run a command twice,
 * or long after its caller has given up.
 */
import type { ClusterOptions, RedisOptions } from "ioredis";

export interface CacheClientTimes {
  /** Milliseconds after which a command without an answer counts as unknown. */
  readonly commandTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

export const cacheClientTimesDefaults: CacheClientTimes = { commandTimeoutMs: 1_000, connectTimeoutMs: 1_000 };

/** The mapping of replies is left out, because the client's constructor states its type again. */
export type CacheClientOptions = Omit<RedisOptions, "replyMapping">;

const RECONNECT_MS_MAX = 1_000;
const RECONNECT_MS_STEP = 50;

export function cacheClientOptions(times: CacheClientTimes = cacheClientTimesDefaults): CacheClientOptions {
  return {
    commandTimeout: times.commandTimeoutMs,
    connectTimeout: times.connectTimeoutMs,
    /** Commands fail at once while there is no connection; the lane decides when to try again. */
    enableOfflineQueue: false,
    /** The client never sends a command a second time. */
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    /** A demoted server: the client connects anew (1), and does not resend the command (as 2 would). */
    reconnectOnError: (error) => (/^(READONLY|DEMOTED) /.test(error.message) ? 1 : false),
    retryStrategy: retryDelayMs,
    enableAutoPipelining: false,
    lazyConnect: true,
  };
}

/** The connection options of each node of a cluster, in addition to the settings that the protocol depends on. */
export type CacheNodeOptions = Pick<RedisOptions, "username" | "password" | "tls" | "connectionName">;

export type CacheClusterOptions = Omit<ClusterOptions, "redisOptions"> & {
  readonly redisOptions: Omit<NonNullable<ClusterOptions["redisOptions"]>, "replyMapping">;
};

/** How often a cluster is asked for its slots when there is no special reason. */
const SLOTS_REFRESH_MS = 5_000;

/**
 * The options of a cluster's client. The cache sends to the nodes by itself (`cluster-routing.ts`). Everything that
 * could make the client send a command again is switched off nevertheless, for programs that use the client beside the
 * cache.
 */
export function cacheClusterOptions(
  node: CacheNodeOptions = {},
  times: CacheClientTimes = cacheClientTimesDefaults,
): CacheClusterOptions {
  // A node that is gone is left out until the slots are asked for again. Its connection does not come back by itself.
  const { enableOfflineQueue: _queue, retryStrategy: _retry, ...ofServer } = cacheClientOptions(times);
  return {
    redisOptions: { ...ofServer, ...node },
    enableOfflineQueue: false,
    // A cluster that is down says so at each command. With the ready check, the first connection would wait for ever.
    enableReadyCheck: false,
    maxRedirections: 0,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    retryDelayOnTryAgain: 0,
    scaleReads: "master",
    slotsRefreshTimeout: times.connectTimeoutMs,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    clusterRetryStrategy: retryDelayMs,
    /** Names are not resolved here: certificates are issued for names, and each connection resolves its address. */
    dnsLookup: (name, done) => done(null, name),
    enableAutoPipelining: false,
    lazyConnect: true,
  };
}

function retryDelayMs(attempt: number): number {
  return Math.min(attempt * RECONNECT_MS_STEP, RECONNECT_MS_MAX);
}
