/**
 * A new epoch whose guard cannot be set, because the cache has the guard of
 * that epoch or of a later one: the cache epoch record went back, since the table
 * was restored from a backup or made anew under its old name. What the cache
 * holds is of another life of the table. An epoch that such a guard would fit
 * must not be used: its entries would count. So the record goes on, epoch by
 * epoch, until it has passed the guard.
 */
import { CoreError } from "../errors.ts";
import type { CacheFailure, CacheSettleReply } from "../ports/cache.ts";

/** What an adapter answers to `begin` where the guard of this or a later epoch is there. */
export function otherGuard(epoch: number): CacheFailure {
  const message = `the cache has the guard of epoch ${epoch} or a newer one already`;
  return { kind: "failed", error: new CoreError("CACHE_LOST", message, { fields: { hasOtherGuard: true } }) };
}

export function isOfOtherLife(begun: CacheSettleReply): boolean {
  return begun.kind === "failed" && begun.error.fields["hasOtherGuard"] === true;
}
