/**
 * The store: the persistent truth, a max-register per key.
 *
 * An adapter guarantees, per key: a put is applied if and only if the stored
 * version is absent or smaller, atomically; a read returns the current state
 * (no stale replica). It never throws for one record: what failed is said in
 * that record's reply. It answers within its configured time.
 */
import type { CoreError } from "../errors.ts";
import type { Copy, LeaseTerms, CacheEpoch } from "../protocol/index.ts";
import type { Version } from "../protocol/version.ts";

/** What the store keeps beside the version. */
export interface StoredBody {
  /** The encoded features; null for a tombstone. */
  readonly payload: Uint8Array | null;
  /** Milliseconds since 1970, whole seconds, after which readers no longer see the record. */
  readonly expiresAtMs: number;
}

export type StoredCopy = Copy<StoredBody>;

export interface StorePut {
  readonly key: string;
  readonly version: Version;
  readonly body: StoredBody;
  /** The person the record belongs to; indexed for erasure. Absent where the group has none. */
  readonly subject?: string;
}

export type StorePutReply =
  | { readonly kind: "stored" }
  /** The stored version is equal or greater; `current` is what a consistent read gave after the refusal. */
  | { readonly kind: "refused"; readonly current: StoredCopy }
  /** Retryable errors: it may still be stored, even later. Others: it was not. */
  | { readonly kind: "failed"; readonly error: CoreError };

export type StoreReadReply =
  /** `copy.version` is `NO_VERSION` where the store has no such record. */
  { readonly kind: "found"; readonly copy: StoredCopy } | { readonly kind: "failed"; readonly error: CoreError };

export interface Store {
  /** One reply per put, in order. The keys of one call are distinct. */
  put(puts: readonly StorePut[]): Promise<readonly StorePutReply[]>;
  /** One reply per key, in order. The keys of one call are distinct. Strongly consistent. */
  read(keys: readonly string[]): Promise<readonly StoreReadReply[]>;
}

/** The cache epoch of a cache as the store keeps it, with what an operator wants to know of its last change. */
export interface CacheEpochRecord extends CacheEpoch, LeaseTerms {
  /** Why it was changed last. */
  readonly reason: string;
  /** Which process changed it. */
  readonly by: string;
  /** Milliseconds since 1970, by that process's clock. */
  readonly changedAtMs: number;
  /**
   * The name of the cache that the record is about, as it is configured in the process that changed it last; null in
   * a record of an earlier version, which had no names.
   */
  readonly cacheName: string | null;
  /** An operator has switched the cache off: no process warms it up by itself. */
  readonly isHeld: boolean;
}

/** What a read of the record brings. */
export interface CacheEpochReading {
  /** Null before the first. */
  readonly record: CacheEpochRecord | null;
  /** The server's time when it answered: milliseconds since 1970, cut to whole seconds; null where it does not say. */
  readonly serverTimeMs: number | null;
}

/** One cache epoch record per cache, kept in the store, changed only by a conditional put. */
export interface CacheEpochStore {
  /** Strongly consistent. @throws CoreError */
  readCacheEpoch(): Promise<CacheEpochReading>;
  /**
   * Changes the record where it still is `from` (null: no record yet), by epoch and mode. True for the
   * one caller that did it. @throws CoreError; the outcome is then unknown.
   */
  changeCacheEpoch(from: CacheEpoch | null, to: CacheEpochRecord): Promise<boolean>;
}
