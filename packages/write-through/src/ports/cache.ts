/**
 * The cache: one entry per key, changed only by the commands of
 * `protocol/cache-transitions.ts`, each atomic per key.
 *
 * An adapter guarantees: every command runs at most once per call, and not
 * after its deadline by the server's own clock; a command whose epoch is not
 * the guard's changes nothing and answers CACHE_LOST; a get is followed by a
 * check of the guard on the same connection, after the keys. It answers within
 * its configured time. It never throws for one key: what failed is said in
 * that key's reply. What is under a key and is not an entry concerns that key
 * alone, and counts as absent for every command: a fence or a lease takes its
 * place, a publish, a raise or a fill removes it.
 */
import type { CoreError } from "../errors.ts";
import type { Entry, FenceReply, ForeignEntry, LeaseReply } from "../protocol/index.ts";
import type { Version } from "../protocol/version.ts";
import type { StoredBody, StoredCopy } from "./store.ts";

/** No answer (retryable: it may have run, or run later up to its deadline), or a refusal. */
export interface CacheFailure {
  readonly kind: "failed";
  readonly error: CoreError;
}

export interface CacheFence {
  readonly key: string;
  readonly version: Version;
  readonly id: string;
}

export interface CacheSettle {
  readonly key: string;
  readonly copy: StoredCopy;
  /** Milliseconds that a clean copy may live; 0 leaves absent where it would have become clean. */
  readonly ttlMs: number;
}

export interface CachePublish extends CacheSettle {
  readonly id: string;
}

export interface CacheRaise extends CacheSettle {
  readonly id: string | null;
}

export interface CacheFill extends CacheSettle {
  readonly token: string;
}

export interface CacheLease {
  readonly key: string;
  readonly token: string;
  readonly ttlMs: number;
}

export interface CacheHeal {
  readonly key: string;
  readonly seen: ForeignEntry;
}

export type CacheEntry = Entry<StoredBody>;
export type CacheGetReply = { readonly kind: "got"; readonly entry: CacheEntry } | CacheFailure;
export type CacheFenceReply = FenceReply | CacheFailure;
export type CacheLeaseReply = LeaseReply<StoredBody> | CacheFailure;
export type CacheSettleReply = { readonly kind: "settled" } | CacheFailure;

/** One reply per command, in order; the keys of one call are distinct. `epoch` is the one the caller holds. */
export interface Cache {
  /** Does the server answer, with settings that the protocol can work with? Asked before it is used again. */
  probe(): Promise<CacheSettleReply>;
  /** Is this the cache that `epoch` began with? */
  check(epoch: number): Promise<CacheSettleReply>;
  /**
   * Sets the guard of a new epoch, from when on commands of older epochs answer CACHE_LOST. To be
   * called once per epoch, by the process that advanced the cache epoch record to it, and never again for the
   * same epoch, whatever the answer: a guard set twice would hide a loss in between. Where the guard of this or
   * a later epoch is there, nothing changes and the answer is CACHE_EPOCH_TAKEN.
   */
  begin(epoch: number): Promise<CacheSettleReply>;
  /** What each key holds, for a reader of `epoch`; what another epoch left counts as absent. Changes nothing. */
  get(epoch: number, keys: readonly string[]): Promise<readonly CacheGetReply[]>;
  /**
   * Says that writes are about to reach the store: until it is cleared, no reader is answered from the cache. Answers
   * the fence's id, which is that of an earlier fence where one is there; or that a clean copy covers the write.
   */
  fence(epoch: number, commands: readonly CacheFence[]): Promise<readonly CacheFenceReply[]>;
  /** Says what the store holds, once a put is answered: clears the fence `id` where all that was pending is stored. */
  publish(epoch: number, commands: readonly CachePublish[]): Promise<readonly CacheSettleReply[]>;
  /** Says what the store holds, before a reader answers with it. Needs no memory, and sets no copy but for a fence `id`. */
  raise(epoch: number, commands: readonly CacheRaise[]): Promise<readonly CacheSettleReply[]>;
  /** Asks for the right to fill keys that hold nothing; answers what is there where it is taken. CACHE_FULL without memory. */
  lease(epoch: number, commands: readonly CacheLease[]): Promise<readonly CacheLeaseReply[]>;
  /** Sets copies under the lease `token`, unless a newer version was answered meanwhile. CACHE_FULL without memory. */
  fill(epoch: number, commands: readonly CacheFill[]): Promise<readonly CacheSettleReply[]>;
  /** Removes exactly the foreign bytes that a get has seen; what came in their place stays. */
  heal(epoch: number, commands: readonly CacheHeal[]): Promise<readonly CacheSettleReply[]>;
  /** True where a copy whose payload is not the one that its version names comes back as foreign. */
  readonly checksCopies?: boolean;
}
