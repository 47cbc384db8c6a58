/**
 * The states of the cache's entry for one key.
 *
 * | state   | meaning                                                           | lifetime                         |
 * |---------|-------------------------------------------------------------------|----------------------------------|
 * | absent  | nothing is known                                                  | –                                |
 * | clean   | a copy of the store's record, or of "no such record"              | TTL, evictable                   |
 * | fence   | a write of a version up to `pending` may be under way             | no TTL, not evictable            |
 * | lease   | one reader is filling; `floor` was already answered to a reader   | short TTL, losing it is harmless |
 * | foreign | nothing is known: the value is not an entry, or a damaged one     | until a command meets it         |
 *
 * Every state except absent and foreign carries the epoch in which it was made.
 * A state of an older epoch counts as absent (see `CacheRules.isCurrent`).
 */
import type { Version } from "./version.ts";

/** The store's state of a key; `body` is null exactly when `version` is `NO_VERSION`. */
export interface Copy<Body> {
  readonly version: Version;
  readonly body: Body | null;
}

export type AbsentEntry = { readonly state: "absent" };

export type CleanEntry<Body> = {
  readonly state: "clean";
  readonly epoch: number;
  readonly copy: Copy<Body>;
};

export type FenceEntry = {
  readonly state: "fence";
  readonly epoch: number;
  /** Names this instance of the fence. A fence that is set anew has another id. */
  readonly id: string;
  /** The highest version that may be under way. */
  readonly pending: Version;
  /** Whether there was a clean copy when the fence was set (for `populate: "if-cached"`). */
  readonly replacedClean: boolean;
};

export type LeaseEntry = {
  readonly state: "lease";
  readonly epoch: number;
  readonly token: string;
  /** The highest version that is known to have been answered to a reader. */
  readonly floor: Version;
};

/**
 * Another program wrote here, or the bytes of an entry were damaged. The value may have replaced a fence, so it counts
 * as the loss of an entry, and the first command that meets it removes it.
 */
export type ForeignEntry = {
  readonly state: "foreign";
  /** The whole value, so that exactly this value is removed. */
  readonly seen: Uint8Array;
};

export type Entry<Body> = AbsentEntry | CleanEntry<Body> | FenceEntry | LeaseEntry | ForeignEntry;

export const ABSENT: AbsentEntry = { state: "absent" };
