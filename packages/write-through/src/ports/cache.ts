/**
 * The cache: one entry per key, changed only by the commands of
 * `protocol/cache-transitions.ts`, each of which is atomic per key.
 *
 * An adapter guarantees: every command runs at most once per call, and not
 * after its deadline by the server's own clock; a command whose epoch is not
 * the guard's changes nothing and answers CACHE_LOST; after the keys of a get,
 * a check of the guard follows on the same connection. An adapter answers
 * within its configured time. It never throws for one key: the key's reply says
 * what failed. A value that is not an entry affects its own key alone, and
 * counts as absent for every command: a fence or a lease replaces it, a
 * publish, a raise or a fill removes it.
 */
import type { CoreError } from "../errors.ts";
import type { Entry, FenceReply, ForeignEntry, LeaseReply } from "../protocol/index.ts";
import type { Version } from "../protocol/version.ts";
import type { StoredBody, StoredCopy } from "./store.ts";

/** A refusal, or no answer. No answer is retryable: the command may have run, or may run later, up to its deadline. */
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
  /** Milliseconds that a clean copy may live. With 0 the entry becomes absent where it would have become clean. */
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

/**
 * Each command returns one reply per key, in order; the keys of one call are distinct. `epoch` is the caller's epoch.
 */
export interface Cache {
  /** Asks whether the server answers, with settings that the protocol can work with, before it is used again. */
  probe(): Promise<CacheSettleReply>;
  /** Asks whether this is the cache with which `epoch` began. */
  check(epoch: number): Promise<CacheSettleReply>;
  /**
   * Sets the guard of a new epoch. From then on commands of older epochs answer CACHE_LOST. The process that advanced
   * the cache epoch record calls it once for that epoch, and never again, whatever the answer was: a guard that is set
   * twice would hide a loss in between. Where the guard of this or a later epoch is there, nothing changes and the
   * answer is CACHE_EPOCH_TAKEN.
   */
  begin(epoch: number): Promise<CacheSettleReply>;
  /**
   * Returns what each key holds, for a reader of `epoch`. An entry of another epoch counts as absent. Changes nothing.
   */
  get(epoch: number, keys: readonly string[]): Promise<readonly CacheGetReply[]>;
  /**
   * Says that writes are about to reach the store: until the fence is cleared, no reader is answered from the cache.
   * The answer is the fence's id, which is an earlier fence's where one is there; or that a clean copy covers the
   * write.
   */
  fence(epoch: number, commands: readonly CacheFence[]): Promise<readonly CacheFenceReply[]>;
  /**
   * Says what the store holds, after a put was answered, and clears the fence `id` where all that was pending is
   * stored.
   */
  publish(epoch: number, commands: readonly CachePublish[]): Promise<readonly CacheSettleReply[]>;
  /**
   * Says what the store holds, before a reader answers with it. Needs no memory, and leaves a copy only where fence
   * `id` was.
   */
  raise(epoch: number, commands: readonly CacheRaise[]): Promise<readonly CacheSettleReply[]>;
  /**
   * Asks for the right to fill keys that hold nothing. Where the right is taken, the answer is what is there.
   * CACHE_FULL: there is no memory left.
   */
  lease(epoch: number, commands: readonly CacheLease[]): Promise<readonly CacheLeaseReply[]>;
  /**
   * Sets copies under the lease `token`, unless a reader was answered a newer version meanwhile. CACHE_FULL: there is
   * no memory left.
   */
  fill(epoch: number, commands: readonly CacheFill[]): Promise<readonly CacheSettleReply[]>;
  /** Removes exactly the foreign bytes that a get has seen, and nothing that has replaced them. */
  heal(epoch: number, commands: readonly CacheHeal[]): Promise<readonly CacheSettleReply[]>;
  /** True: a copy whose payload does not match its version comes back as foreign. */
  readonly checksCopies?: boolean;
}
