/**
 * How the cache's client must be constructed. Every setting here is one that
 * the protocol depends on; a client with others may run a command twice, or
 * long after its caller gave up.
 */
import type { RedisOptions } from "ioredis";

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
    reconnectOnError: (error) => (error.message.startsWith("READONLY") ? 1 : false),
    retryStrategy: (attempt) => Math.min(attempt * RECONNECT_MS_STEP, RECONNECT_MS_MAX),
    enableAutoPipelining: false,
    lazyConnect: true,
  };
}
