/**
 * How the cache's client must be constructed. Every setting here is one that
 * the protocol depends on; a client with others may run a command twice, or
 * long after its caller gave up.
 */
import type { ClusterOptions, RedisOptions } from "ioredis";

export interface CacheClientTimes {
  /** Milliseconds after which a command without an answer counts as unknown. */
  readonly commandTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

export const cacheClientTimesDefaults: CacheClientTimes = { commandTimeoutMs: 1_000, connectTimeoutMs: 1_000 };

/** Without the mapping of replies, whose type the client's constructor restates. */
export type CacheClientOptions = Omit<RedisOptions, "replyMapping">;

const RECONNECT_MS_MAX = 1_000;
const RECONNECT_MS_STEP = 50;

export function cacheClientOptions(times: CacheClientTimes = cacheClientTimesDefaults): CacheClientOptions {
  return {
    commandTimeout: times.commandTimeoutMs,
    connectTimeout: times.connectTimeoutMs,
    /** Fail at once while there is no connection: the lane decides when to come again. */
    enableOfflineQueue: false,
    /** Never send a command a second time. */
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    /** A demoted server: connect anew (1), without resending (2 would). */
    reconnectOnError: (error) => (/^(READONLY|DEMOTED) /.test(error.message) ? 1 : false),
    retryStrategy: retryDelayMs,
    enableAutoPipelining: false,
    lazyConnect: true,
  };
}

/** What every node of a cluster is connected with, beside the settings that the protocol depends on. */
export type CacheNodeOptions = Pick<RedisOptions, "username" | "password" | "tls" | "connectionName">;

export type CacheClusterOptions = Omit<ClusterOptions, "redisOptions"> & {
  readonly redisOptions: Omit<NonNullable<ClusterOptions["redisOptions"]>, "replyMapping">;
};

/** How often a cluster is asked for its slots without a reason to. */
const SLOTS_REFRESH_MS = 5_000;

/**
 * Of a cluster's client. The cache sends to the nodes by itself (`cluster-routing.ts`); what could make the
 * client send a command again is switched off all the same, for those who use it beside the cache.
 */
export function cacheClusterOptions(
  node: CacheNodeOptions = {},
  times: CacheClientTimes = cacheClientTimesDefaults,
): CacheClusterOptions {
  // A node that is gone is left out until the slots are asked for again; its connection does not come back by itself.
  const { enableOfflineQueue: _queue, retryStrategy: _retry, ...ofServer } = cacheClientOptions(times);
  return {
    redisOptions: { ...ofServer, ...node },
    enableOfflineQueue: false,
    // A cluster that is down says so at each command; with the check, the first connection would wait for ever.
    enableReadyCheck: false,
    maxRedirections: 0,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    retryDelayOnTryAgain: 0,
    scaleReads: "master",
    slotsRefreshTimeout: times.connectTimeoutMs,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    clusterRetryStrategy: retryDelayMs,
    /** Names stay names: certificates are issued for them, and each connection looks the address up. */
    dnsLookup: (name, done) => done(null, name),
    enableAutoPipelining: false,
    lazyConnect: true,
  };
}

function retryDelayMs(attempt: number): number {
  return Math.min(attempt * RECONNECT_MS_STEP, RECONNECT_MS_MAX);
}
