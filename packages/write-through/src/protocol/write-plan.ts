/**
 * A write of one record, step by step: FENCE, STORE, PUBLISH, acknowledge.
 *
 * Everything here is pure: each function takes the answer to the previous step
 * and returns the next step. The writer drives the plan over the ports, the
 * explorer over its model. Both begin with FENCE (rule 1), and acknowledge
 * after PUBLISH. Without an answer to PUBLISH the fence stays, and readers go
 * to the store; the cache epoch says whether that is enough.
 *
 * A crash before STORE leaves a fence without a write; a crash after STORE
 * leaves a fence with one. In both cases the key is read from the store until a
 * reader finds the pending version there, or until the redelivered write clears
 * the fence.
 */
import type { FenceReply } from "./cache-transitions.ts";
import type { Copy } from "./entry.ts";
import type { Version } from "./version.ts";

export interface VersionedWrite<Body> {
  readonly version: Version;
  readonly body: Body;
  /** `always` leaves a clean copy; `if-cached` leaves one only where one was before. */
  readonly populate: Populate;
}

export type Populate = "always" | "if-cached";

/** The outcome of an acknowledged write. */
export type WriteOutcome =
  | { readonly status: "applied" }
  /** The store or the cache held this very version. */
  | { readonly status: "duplicate" }
  /** The store or the cache held a newer version. */
  | { readonly status: "superseded"; readonly by: Version };

export interface FenceHold {
  readonly id: string;
  readonly replacedClean: boolean;
}

/** The result of a conditional put. */
export type PutReply<Body> =
  | { readonly kind: "stored" }
  | { readonly kind: "refused"; readonly current: Copy<Body> }
  /** The record may or may not have been stored, and may still be stored later. */
  | { readonly kind: "unknown" };

export type WriteStep<Body> =
  | { readonly next: "store"; readonly hold: FenceHold }
  | {
      readonly next: "publish";
      readonly hold: FenceHold;
      readonly copy: Copy<Body>;
      readonly keep: boolean;
      readonly outcome: WriteOutcome;
    }
  | { readonly next: "acknowledge"; readonly outcome: WriteOutcome }
  /** The write is not acknowledged, so the sender sends the record again. */
  | { readonly next: "give-up" };

export interface WritePlan {
  readonly afterFence: <Body>(write: VersionedWrite<Body>, reply: FenceReply) => WriteStep<Body>;
  readonly afterPut: <Body>(write: VersionedWrite<Body>, hold: FenceHold, reply: PutReply<Body>) => WriteStep<Body>;
}

export const writePlan: WritePlan = {
  afterFence(write, reply) {
    if (reply.kind === "covered") {
      return { next: "acknowledge", outcome: outcomeAgainst(write.version, reply.version) };
    }
    return { next: "store", hold: { id: reply.id, replacedClean: reply.replacedClean } };
  },

  afterPut(write, hold, reply) {
    if (reply.kind === "unknown") return { next: "give-up" };
    const keep = write.populate === "always" || hold.replacedClean;
    if (reply.kind === "stored") {
      const copy = { version: write.version, body: write.body };
      return { next: "publish", hold, copy, keep, outcome: { status: "applied" } };
    }
    // Rules 2 and 7: a refused put is published too, and what is published is the store's record.
    const outcome = outcomeAgainst(write.version, reply.current.version);
    return { next: "publish", hold, copy: reply.current, keep, outcome };
  },
};

function outcomeAgainst(version: Version, current: Version): WriteOutcome {
  return version === current ? { status: "duplicate" } : { status: "superseded", by: current };
}
