/**
 * How calls reach the servers of a cache. The adapter says what is to be run,
 * by bucket. A routing knows which server holds a bucket now, and how to put
 * commands together for it.
 *
 * A bucket is a part of the keys with a guard of its own. A single server has
 * one bucket. A cluster has many, each within one slot, so that no command ever
 * names keys of two slots.
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
  /** A script whose first key is the guard. The deadline, in that server's own time, stands before the arguments. */
  | {
      readonly kind: "script";
      readonly script: ScriptName;
      readonly keys: readonly string[];
      readonly values: readonly Argument[];
    }
  /** A script without a deadline, for commands that the client must not send again by itself on NOSCRIPT. */
  | {
      readonly kind: "eval";
      readonly text: string;
      readonly keys: readonly string[];
      readonly values: readonly Argument[];
    };

/** A call that changes something has exactly one command, so that it runs once even when it is redirected. */
export interface CacheCall {
  readonly bucket: Bucket;
  readonly commands: readonly ServerCommand[];
  /** The bytes that are sent or that are answered, whichever are more. Those of answers are an estimate. */
  readonly bytes: number;
}

export type CommandResult = readonly [error: unknown, value: unknown];
/** One result per command, in order. */
export type CallResult = readonly CommandResult[];

export interface CacheRouting {
  readonly buckets: readonly Bucket[];
  /** The bucket of a key is the same in every process and at all times. */
  bucketOf(key: string): Bucket;
  /** One result per call, in order. Never rejects. */
  send(calls: readonly CacheCall[]): Promise<readonly CallResult[]>;
  /**
   * Describes every server that holds a bucket. @throws CoreError as `checkCacheServer`, also where a server cannot be
   * reached
   */
  describe(): Promise<readonly CacheServer[]>;
  /**
   * Lists the connections to every server that holds a bucket. @throws CoreError as `listConnections`, also where a
   * server cannot be reached
   */
  connections(): Promise<readonly CacheConnection[]>;
}
