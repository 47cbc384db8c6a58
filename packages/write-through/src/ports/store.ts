/**
 * The store: the persistent truth, a max-register per key.
 *
 * An adapter guarantees, per key: a put is applied if and only if the stored
 * version is absent or smaller, atomically; a read returns the current state,
 * never that of a stale replica. An adapter never throws for one record: the
 * record's reply says what failed. It answers within its configured time.
 */
import type { CoreError } from "../errors.ts";
import type { Copy, LeaseTerms, CacheEpoch } from "../protocol/index.ts";
import type { SubjectDigest } from "../protocol/erasure.ts";
import type { Version } from "../protocol/version.ts";
import type { ErasureState } from "./erasures.ts";

/** The parts of a record that the store keeps in addition to the version. */
export interface StoredBody {
  /** The encoded features; null for a tombstone. */
  readonly payload: Uint8Array | null;
  /** Milliseconds since 1970, in whole seconds. After it readers no longer see the record. */
  readonly expiresAtMs: number;
}

export type StoredCopy = Copy<StoredBody>;

export interface StorePut {
  readonly key: string;
  readonly version: Version;
  readonly body: StoredBody;
  /** The person the record belongs to, indexed for erasure. It is absent where the group has no subject. */
  readonly subject?: SubjectDigest;
}

export type StorePutReply =
  | { readonly kind: "stored" }
  /** The stored version is equal or greater. A consistent read after the refusal gave `current`. */
  | { readonly kind: "refused"; readonly current: StoredCopy }
  /** With a retryable error the record may still be stored, even later. With any other it was not stored. */
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

/** The cache epoch as the store keeps it, with the facts of its last change that an operator needs. */
export interface CacheEpochRecord extends CacheEpoch, LeaseTerms {
  /** Why the record was last changed. */
  readonly reason: string;
  /** Which process changed it. */
  readonly by: string;
  /** Milliseconds since 1970, by that process's clock. */
  readonly changedAtMs: number;
  /**
   * The name of the cache that the record is about, from the configuration of the process that changed it last. Null in
   * a record of an earlier version, which had no names.
   */
  readonly cacheName: string | null;
  /** An operator has switched the cache off: no process warms it up by itself. */
  readonly isHeld: boolean;
}

/** The result of a read of the record. */
export interface CacheEpochReading {
  /** Null before the first record. */
  readonly record: CacheEpochRecord | null;
  /**
   * The server's time when it answered: milliseconds since 1970, cut to whole seconds; null where the answer has none.
   */
  readonly serverTimeMs: number | null;
  /** Absent where nothing was ever erased, and no process has a key for subjects. */
  readonly erasures?: ErasureState;
}

/** One cache epoch record per cache, kept in the store, changed only by a conditional put. */
export interface CacheEpochStore {
  /** A strongly consistent read. @throws CoreError */
  readCacheEpoch(): Promise<CacheEpochReading>;
  /**
   * Changes the record if it still is `from` (null: no record yet), by epoch and mode. True for the one caller that
   * changed it. @throws CoreError; the outcome is then unknown.
   */
  changeCacheEpoch(from: CacheEpoch | null, to: CacheEpochRecord): Promise<boolean>;
}
