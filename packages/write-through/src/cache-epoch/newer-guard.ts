/**
 * Handles a new epoch whose guard cannot be set, because the cache has the
 * guard of that epoch or of a later one. In this case the cache epoch record
 * went back: the table was restored from a backup, or made anew under its old
 * name, and the entries of the cache are from before that. An epoch that such a
 * guard fits must not be used, since the old entries would count. So the record
 * goes on, epoch by epoch, until it has passed the guard.
 */
import { CoreError } from "../errors.ts";
import type { CacheFailure } from "../ports/cache.ts";

/** An adapter answers this to `begin` where the guard of this epoch or a later one is there. */
export function newerGuard(epoch: number): CacheFailure {
  const message = `the cache has the guard of epoch ${epoch} or a newer one already`;
  return { kind: "failed", error: new CoreError("CACHE_EPOCH_TAKEN", message) };
}
