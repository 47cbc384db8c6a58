/**
 * A write of one record, step by step: FENCE, STORE, PUBLISH, acknowledge.
 *
 * Pure: each function takes the answer to the step before and says what to do
 * next. The writer drives it over the ports, the explorer over its model. Both
 * begin with FENCE (rule 1), and acknowledge after PUBLISH. Without an answer to
 * that the fence stays and keeps readers on the store; whether that is enough,
 * the cache epoch says.
 *
 * A crash before STORE leaves a fence without a write; after STORE, a fence
 * with one. Either way the key is read from the store until a reader that
 * finds the pending version there, or the redelivered write, clears it.
 */
import type { FenceReply } from "./cache-transitions.ts";
import type { Copy } from "./entry.ts";
import type { Version } from "./version.ts";

export interface VersionedWrite<Body> {
  readonly version: Version;
  readonly body: Body;
  /** `always` leaves a clean copy behind; `if-cached` only where one was before. */
  readonly populate: Populate;
}

export type Populate = "always" | "if-cached";

/** What became of an acknowledged write. */
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

/** What a conditional put learned. */
export type PutReply<Body> =
  | { readonly kind: "stored" }
  | { readonly kind: "refused"; readonly current: Copy<Body> }
  /** It may or may not have been stored, now or later. */
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
  /** Not acknowledged: whoever sent the record sends it again. */
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
    // Rules 2 and 7: a refused put publishes too, and it publishes what the store holds.
    const outcome = outcomeAgainst(write.version, reply.current.version);
    return { next: "publish", hold, copy: reply.current, keep, outcome };
  },
};

function outcomeAgainst(version: Version, current: Version): WriteOutcome {
  return version === current ? { status: "duplicate" } : { status: "superseded", by: current };
}
