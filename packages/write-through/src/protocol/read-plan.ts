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
  | { readonly next: "answer"; readonly copy: Copy<Body>; readonly source: "cache" | "store" }
  | { readonly next: "lease" }
  /** Remove what was seen, then go on by `afterHeal`. */
  | { readonly next: "heal"; readonly seen: ForeignEntry }
  | { readonly next: "read-store"; readonly then: Settlement }
  | { readonly next: "settle"; readonly settlement: Settlement; readonly copy: Copy<Body> };

export interface ReadPlan {
  /** `entry` is what the reader's own epoch sees of the cache. */
  readonly afterGet: <Body>(entry: Entry<Body>) => ReadStep<Body>;
  readonly afterHeal: <Body>() => ReadStep<Body>;
  readonly afterLease: <Body>(reply: LeaseReply<Body>, token: string) => ReadStep<Body>;
  readonly afterStoreRead: <Body>(settlement: Settlement, copy: Copy<Body>) => ReadStep<Body>;
  readonly afterSettle: <Body>(copy: Copy<Body>) => ReadStep<Body>;
}

export const readPlan: ReadPlan = {
  afterGet(entry) {
    switch (entry.state) {
      case "clean":
        return { next: "answer", copy: entry.copy, source: "cache" };
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

  /** Whatever is there now: the lease is granted where nothing is, and answers with what is there otherwise. */
  afterHeal: () => ({ next: "lease" }),

  afterLease(reply, token) {
    if (reply.kind === "granted") return { next: "read-store", then: { with: "fill", token } };
    const { state } = reply.entry;
    // A copy that was damaged since: once healed is enough for one read, the next one sees to it.
    if (state === "absent" || state === "foreign") return { next: "read-store", then: { with: "raise", id: null } };
    return readPlan.afterGet(reply.entry);
  },

  /** Rule 5: whoever answers from the store tells the cache first. */
  afterStoreRead: (settlement, copy) => ({ next: "settle", settlement, copy }),

  afterSettle: (copy) => ({ next: "answer", copy, source: "store" }),
};
