/**
 * A new epoch whose guard cannot be set, because the cache has the guard of
 * that epoch or of a later one. Then the cache epoch record went back: the table
 * was restored from a backup, or made anew under its old name, and what the
 * cache holds is from before that. No epoch that such a guard fits may be used,
 * since the old entries would count. So the record goes on, epoch by epoch,
 * until it has passed the guard.
 */
import { CoreError } from "../errors.ts";
import type { CacheFailure } from "../ports/cache.ts";

/** What an adapter answers to `begin` where the guard of this or a later epoch is there. */
export function newerGuard(epoch: number): CacheFailure {
  const message = `the cache has the guard of epoch ${epoch} or a newer one already`;
  return { kind: "failed", error: new CoreError("CACHE_EPOCH_TAKEN", message) };
}
