/**
 * How calls reach the servers of a cache. The adapter says what is to be run,
 * by bucket; a routing knows which server holds a bucket now, and how commands
 * are put together for it.
 *
 * A bucket is a part of the keys with a guard of its own. A single server has
 * one, a cluster has many, each within one slot, so that no command ever names
 * keys of two slots.
 *
 * A routing guarantees: the commands of one call run in order on one
 * connection; a call is sent again only when the server said that it did not
 * run it (MOVED, ASK); nothing waits for a connection that was lost.
 */
import type { CacheServer } from "./check-server.ts";
import type { CacheConnection } from "./list-connections.ts";
import type { ScriptName } from "./scripts.ts";

export interface Bucket {
  readonly guardKey: string;
  /** Stands before the keys of this bucket's entries. */
  readonly entryPrefix: string;
}

export type Argument = string | Buffer | number;

export type ServerCommand =
  | { readonly kind: "mget"; readonly keys: readonly string[] }
  /** The guard is the first key; the deadline, in that server's own time, stands before the arguments. */
  | {
      readonly kind: "script";
      readonly script: ScriptName;
      readonly keys: readonly string[];
      readonly values: readonly Argument[];
    }
  /** A script as it is, without a deadline: for one that the client must not send again by itself, on NOSCRIPT. */
  | {
      readonly kind: "eval";
      readonly text: string;
      readonly keys: readonly string[];
      readonly values: readonly Argument[];
    };

/** One that changes anything has exactly one command: redirected as a whole, it runs once. */
export interface CacheCall {
  readonly bucket: Bucket;
  readonly commands: readonly ServerCommand[];
  /** Sent or answered, whichever is more; of answers, as far as can be guessed. */
  readonly bytes: number;
}

export type CommandResult = readonly [error: unknown, value: unknown];
/** One per command, in order. */
export type CallResult = readonly CommandResult[];

export interface CacheRouting {
  readonly buckets: readonly Bucket[];
  /** The same for a key in every process and at all times. */
  bucketOf(key: string): Bucket;
  /** One result per call, in order. Never rejects. */
  send(calls: readonly CacheCall[]): Promise<readonly CallResult[]>;
  /** Every server that holds a bucket. @throws CoreError as `checkCacheServer`, also where one cannot be reached */
  describe(): Promise<readonly CacheServer[]>;
  /** To every server that holds a bucket. @throws CoreError as `listConnections`, also where one cannot be reached */
  connections(): Promise<readonly CacheConnection[]>;
}
