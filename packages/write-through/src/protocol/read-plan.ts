/**
 * A read of one key, step by step: GET; then, where the cache cannot answer,
 * LEASE, a consistent read of the store, and FILL or RAISE before the answer.
 * HEAL first removes a foreign value, which then counts as absent.
 *
 * Everything here is pure, as in the write plan. A crash between any two steps
 * leaves at most a lease, which expires.
 */
import type { LeaseReply } from "./cache-transitions.ts";
import type { Copy, Entry, ForeignEntry } from "./entry.ts";

/** How a copy that the store has given is settled with the cache. */
export type Settlement =
  /** The reader holds the lease `token`. */
  | { readonly with: "fill"; readonly token: string }
  /** The reader met the fence `id`, or (null) another reader's lease. */
  | { readonly with: "raise"; readonly id: string | null };

export type ReadStep<Body> =
  /** The read is a hit. */
  | { readonly next: "answer"; readonly copy: Copy<Body> }
  | { readonly next: "lease" }
  /**
   * Remove the value that was seen, then ask for a lease. The lease is granted where nothing is there by then;
   * otherwise the answer is what is there.
   */
  | { readonly next: "heal"; readonly seen: ForeignEntry }
  /** Rule 5: a reader that answers from the store tells the cache first, and then answers. */
  | { readonly next: "read-store"; readonly then: Settlement };

export interface ReadPlan {
  /** `entry` is what a reader of this epoch sees of the cache. */
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
    // The copy was damaged after the heal. One heal is enough for one read; the next read heals it again.
    if (state === "absent" || state === "foreign") return { next: "read-store", then: { with: "raise", id: null } };
    return readPlan.afterGet(reply.entry);
  },
};
