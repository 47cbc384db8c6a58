/**
 * A read of one key, step by step: GET; then, where the cache cannot answer,
 * LEASE, a consistent read of the store, and FILL or RAISE before the answer.
 * What is not an entry is removed first, by HEAL, and then counts as absent.
 *
 * Pure, like the write plan. A crash between any two steps leaves at most a
 * lease, which expires.
 */
import type { LeaseReply } from "./cache-transitions.ts";
import type { Copy, Entry, ForeignEntry } from "./entry.ts";

/** What to do with a copy once the store has given it. */
export type Settlement =
  /** The reader holds the lease `token`. */
  | { readonly with: "fill"; readonly token: string }
  /** The reader met the fence `id`, or (null) another reader's lease. */
  | { readonly with: "raise"; readonly id: string | null };

export type ReadStep<Body> =
  /** It is a hit. */
  | { readonly next: "answer"; readonly copy: Copy<Body> }
  | { readonly next: "lease" }
  /**
   * Remove what was seen, then lease, whatever is there by now: the lease is granted where nothing is, and answers
   * with what is there otherwise.
   */
  | { readonly next: "heal"; readonly seen: ForeignEntry }
  /** Rule 5: whoever answers from the store tells the cache first, and then answers. */
  | { readonly next: "read-store"; readonly then: Settlement };

export interface ReadPlan {
  /** `entry` is what the reader's own epoch sees of the cache. */
  readonly afterGet: <Body>(entry: Entry<Body>) => ReadStep<Body>;
  readonly afterLease: <Body>(reply: LeaseReply<Body>, token: string) => ReadStep<Body>;
}

export const readPlan: ReadPlan = {
  afterGet(entry) {
    switch (entry.state) {
      case "clean":
        return { next: "answer", copy: entry.copy };
      case "fence":
        return { next: "read-store", then: { with: "raise", id: entry.id } };
      case "lease":
        return { next: "read-store", then: { with: "raise", id: null } };
      case "absent":
        return { next: "lease" };
      case "foreign":
        return { next: "heal", seen: entry };
    }
  },

  afterLease(reply, token) {
    if (reply.kind === "granted") return { next: "read-store", then: { with: "fill", token } };
    const { state } = reply.entry;
    // A copy that was damaged since: once healed is enough for one read, the next one sees to it.
    if (state === "absent" || state === "foreign") return { next: "read-store", then: { with: "raise", id: null } };
    return readPlan.afterGet(reply.entry);
  },
};
