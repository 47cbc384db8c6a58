/**
 * The commands of the cache as pure transitions: (entry, command) -> (entry,
 * reply).
 *
 * They are the specification of the Lua scripts in `valkey/lua`, the semantics
 * of the memory cache, and the cache of the explorer. Every command is
 * idempotent and version-monotone, so a command that runs after its caller has
 * given up does no harm.
 *
 * The decisions that compute something stand apart as `CacheRules`, one
 * function per rule. Production uses all of `cacheRules`; the verification
 * takes one away at a time and shows what that rule is for. The numbers are
 * those of docs/protocol.md.
 */
import { ABSENT, type Copy, type Entry, type FenceEntry, type ForeignEntry, type LeaseEntry } from "./entry.ts";
import { maxVersion, NO_VERSION, type Version } from "./version.ts";

/** "A write of `version` is about to reach the store." */
export interface FenceCommand {
  readonly epoch: number;
  readonly version: Version;
  /** The id of the fence, if a new one is set. It is unique among all writers. */
  readonly id: string;
}

export type FenceReply =
  /** A clean copy that is at least as new is here, so the store would refuse the write. */
  | { readonly kind: "covered"; readonly version: Version }
  | { readonly kind: "fenced"; readonly id: string; readonly replacedClean: boolean };

/** "The store holds `copy`": a writer says it after its put. */
export interface PublishCommand<Body> {
  readonly epoch: number;
  /** The id of the writer's fence. */
  readonly id: string;
  readonly copy: Copy<Body>;
  /** False: the entry becomes absent where it would have become clean. */
  readonly keep: boolean;
}

/** "The store holds `copy`": a reader says it before it answers with the copy. */
export interface RaiseCommand<Body> {
  readonly epoch: number;
  /** The fence that the reader met before it read the store; null where it met none. */
  readonly id: string | null;
  readonly copy: Copy<Body>;
  readonly keep: boolean;
}

/** "I am about to read the store: let me fill." */
export interface LeaseCommand {
  readonly epoch: number;
  readonly token: string;
}

export type LeaseReply<Body> =
  | { readonly kind: "granted" }
  /** An entry is here, which a get would have seen too. It is neither absent nor foreign, except for a damaged copy. */
  | { readonly kind: "taken"; readonly entry: Entry<Body> };

export interface FillCommand<Body> {
  readonly epoch: number;
  readonly token: string;
  readonly copy: Copy<Body>;
  readonly keep: boolean;
}

export interface Step<Body, Reply> {
  readonly entry: Entry<Body>;
  readonly reply: Reply;
}

export interface CacheTransitions<Body> {
  /** The entry as a command of `epoch` sees it, and as a reader sees the answer to a get. */
  readonly view: (entry: Entry<Body>, epoch: number) => Entry<Body>;
  readonly fence: (entry: Entry<Body>, command: FenceCommand) => Step<Body, FenceReply>;
  readonly publish: (entry: Entry<Body>, command: PublishCommand<Body>) => Entry<Body>;
  readonly raise: (entry: Entry<Body>, command: RaiseCommand<Body>) => Entry<Body>;
  readonly lease: (entry: Entry<Body>, command: LeaseCommand) => Step<Body, LeaseReply<Body>>;
  readonly fill: (entry: Entry<Body>, command: FillCommand<Body>) => Entry<Body>;
  /** Removes a foreign value that a get has seen, if the key still holds exactly that value. */
  readonly heal: (entry: Entry<Body>, seen: ForeignEntry) => Entry<Body>;
}

/** One function per rule. Each comment says which hole the rule closes. */
export interface CacheRules {
  /** States of another epoch count as absent. */
  readonly isCurrent: (entryEpoch: number, commandEpoch: number) => boolean;
  /** A write that is not newer than a clean copy needs no store call. */
  readonly isCovered: (clean: Version, write: Version) => boolean;
  /** Rule 2: a fence keeps the highest version under way. */
  readonly pendingAfterFence: (pending: Version, write: Version) => Version;
  /** A write that meets a fence joins it. */
  readonly fenceIdAfterFence: (met: string, own: string) => string;
  /**
   * Rules 2 and 3: only a caller that holds this instance of the fence, and all that was pending, makes the entry
   * clean.
   */
  readonly mayClear: (fence: FenceEntry, id: string | null, stored: Version) => boolean;
  /** Rule 6: a caller that may not clear a fence still tells it what the store holds. */
  readonly pendingAfterStored: (pending: Version, stored: Version) => Version;
  /** Rule 5: a clean copy that is older than the store is removed. */
  readonly isBehind: (clean: Version, stored: Version) => boolean;
  /** A reader that answers with `stored` raises the floor of the reader that is filling. */
  readonly floorAfterRaise: (floor: Version, stored: Version) => Version;
  /** Only the holder of the lease fills, and never below a version that another reader has answered. */
  readonly mayFill: (lease: LeaseEntry, token: string, stored: Version) => boolean;
  /** A heal removes the bytes that its reader has seen, and nothing that has replaced them, which may be a fence. */
  readonly isSeen: (entry: Entry<unknown>, seen: ForeignEntry) => boolean;
}

export const cacheRules: CacheRules = {
  isCurrent: (entryEpoch, commandEpoch) => entryEpoch === commandEpoch,
  isCovered: (clean, write) => clean >= write,
  pendingAfterFence: maxVersion,
  fenceIdAfterFence: (met) => met,
  mayClear: (fence, id, stored) => fence.id === id && stored >= fence.pending,
  pendingAfterStored: maxVersion,
  isBehind: (clean, stored) => clean < stored,
  floorAfterRaise: maxVersion,
  mayFill: (lease, token, stored) => lease.token === token && stored >= lease.floor,
  isSeen: (entry, { seen }) => entry.state === "foreign" && isSameBytes(entry.seen, seen),
};

export function createCacheTransitions<Body>(rules: CacheRules = cacheRules): CacheTransitions<Body> {
  const view = (entry: Entry<Body>, epoch: number): Entry<Body> =>
    entry.state === "absent" || entry.state === "foreign" || rules.isCurrent(entry.epoch, epoch) ? entry : ABSENT;

  /**
   * The common part of publish, raise and a fill without its lease. They differ in what they do when they meet a lease.
   */
  const settle = (
    entry: Entry<Body>,
    command: RaiseCommand<Body>,
    onLease: (lease: LeaseEntry) => Entry<Body>,
  ): Entry<Body> => {
    const { epoch, id, copy, keep } = command;
    const clean: Entry<Body> = keep ? { state: "clean", epoch, copy } : ABSENT;
    const seen = view(entry, epoch);
    switch (seen.state) {
      case "absent":
      case "foreign":
        // Rule 4: a late command must not bring back what was evicted.
        return ABSENT;
      case "clean":
        return rules.isBehind(seen.copy.version, copy.version) ? ABSENT : seen;
      case "fence":
        if (rules.mayClear(seen, id, copy.version)) return clean;
        return seen.id === id ? seen : { ...seen, pending: rules.pendingAfterStored(seen.pending, copy.version) };
      case "lease":
        return onLease(seen);
    }
  };

  const raise = (entry: Entry<Body>, command: RaiseCommand<Body>): Entry<Body> =>
    settle(entry, command, (lease) => ({
      ...lease,
      floor: rules.floorAfterRaise(lease.floor, command.copy.version),
    }));

  return {
    view,
    raise,

    fence(entry, { epoch, version, id }) {
      const seen = view(entry, epoch);
      if (seen.state === "clean" && rules.isCovered(seen.copy.version, version)) {
        return { entry: seen, reply: { kind: "covered", version: seen.copy.version } };
      }
      const fence: FenceEntry =
        seen.state === "fence"
          ? {
              ...seen,
              id: rules.fenceIdAfterFence(seen.id, id),
              pending: rules.pendingAfterFence(seen.pending, version),
            }
          : { state: "fence", epoch, id, pending: version, replacedClean: seen.state === "clean" };
      return { entry: fence, reply: { kind: "fenced", id: fence.id, replacedClean: fence.replacedClean } };
    },

    /** A publish ends a lease, because its holder may have read the store before the put. */
    publish: (entry, command) => settle(entry, command, () => ABSENT),

    lease(entry, { epoch, token }) {
      const seen = view(entry, epoch);
      if (seen.state === "absent" || seen.state === "foreign") {
        return { entry: { state: "lease", epoch, token, floor: NO_VERSION }, reply: { kind: "granted" } };
      }
      const isOwn = seen.state === "lease" && seen.token === token;
      return { entry: seen, reply: isOwn ? { kind: "granted" } : { kind: "taken", entry: seen } };
    },

    fill(entry, { epoch, token, copy, keep }) {
      const seen = view(entry, epoch);
      if (seen.state !== "lease" || seen.token !== token) {
        return raise(entry, { epoch, id: null, copy, keep });
      }
      return keep && rules.mayFill(seen, token, copy.version) ? { state: "clean", epoch, copy } : ABSENT;
    },

    heal: (entry, seen) => (rules.isSeen(entry, seen) ? ABSENT : entry),
  };
}

function isSameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
