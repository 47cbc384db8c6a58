/**
 * What the cache may hold for one key.
 *
 * | state   | meaning                                                           | lifetime                         |
 * |---------|-------------------------------------------------------------------|----------------------------------|
 * | absent  | nothing is known                                                  | –                                |
 * | clean   | a copy of what the store holds, "no such record" among it         | TTL, evictable                   |
 * | fence   | a write of a version up to `pending` may be under way             | no TTL, not evictable            |
 * | lease   | one reader is filling; `floor` was already answered to someone    | short TTL, losing it is harmless |
 * | foreign | nothing is known: what is there is not an entry, or a damaged one | until a command meets it         |
 *
 * Every state of ours but absent carries the epoch it was made in; a state of an older
 * epoch counts as absent (see `CacheRules.isCurrent`).
 */
import type { Version } from "./version.ts";

/** What the store holds for a key: `body` is null exactly when `version` is `NO_VERSION`. */
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
  /** Names this instance of the fence: a fence set anew has another id. */
  readonly id: string;
  /** The highest version that may be under way. */
  readonly pending: Version;
  /** Whether a clean copy was here when the fence was set (for `populate: "if-cached"`). */
  readonly replacedClean: boolean;
};

export type LeaseEntry = {
  readonly state: "lease";
  readonly epoch: number;
  readonly token: string;
  /** The highest version known to have been answered to a reader. */
  readonly floor: Version;
};

/**
 * Another program wrote here, or the bytes of an entry were damaged. It may stand where a fence was, so it counts
 * for what the loss of any entry counts for, and the first command that meets it takes it away.
 */
export type ForeignEntry = {
  readonly state: "foreign";
  /** The whole value, so that exactly it is removed. */
  readonly seen: Uint8Array;
};

export type Entry<Body> = AbsentEntry | CleanEntry<Body> | FenceEntry | LeaseEntry | ForeignEntry;

export const ABSENT: AbsentEntry = { state: "absent" };
