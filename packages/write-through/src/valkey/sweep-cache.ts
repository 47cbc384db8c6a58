/**
 * Removes what nobody needs from the cache: entries of older epochs, and fences
 * of this epoch that abandoned writes have left.
 *
 * An entry of an older epoch counts as absent, so it is removed. A fence of
 * this epoch may stand for a write under way, so it is never removed here: its
 * key is returned, and the caller reads the key as any reader would. That
 * clears the fence where the store holds the version that it announced. Other
 * fences stay until a newer write comes, or the next epoch.
 */
import { chunked } from "../by-position.ts";
import type { CacheKeys } from "./cache-keys.ts";
import type { ValkeyCache } from "./valkey-cache.ts";

export interface SweepOptions {
  readonly epoch: number;
  /** The maximum of keys that one sweep looks at. */
  readonly keysMax?: number;
  readonly signal?: AbortSignal;
}

export interface Swept {
  readonly looked: number;
  /** The number of removed entries of older epochs. */
  readonly removed: number;
  /** The number of fences of this epoch. */
  readonly fences: number;
  /** The keys of the first {@link FENCES_NAMED_MAX} fences. */
  readonly fencedKeys: readonly string[];
}

const SWEPT_KEYS_MAX = 5_000_000;
const FENCES_NAMED_MAX = 10_000;
const KEYS_PER_CALL = 500;

/** @throws CoreError as the cache's commands do */
export async function sweepCache(
  { cache, cacheKeys }: { readonly cache: ValkeyCache; readonly cacheKeys: CacheKeys },
  { epoch, keysMax = SWEPT_KEYS_MAX, signal }: SweepOptions,
): Promise<Swept> {
  const swept = { looked: 0, removed: 0, fences: 0, fencedKeys: [] as string[] };
  for await (const keys of cacheKeys.all()) {
    for (const chunk of chunked(keys, KEYS_PER_CALL)) {
      if (signal?.aborted === true) return swept;
      const replies = await cache.collect(epoch, chunk);
      replies.forEach((reply, index) => {
        if (reply.kind === "failed") throw reply.error;
        swept.looked += 1;
        if (reply.kind === "removed") swept.removed += 1;
        if (reply.kind !== "fence") return;
        swept.fences += 1;
        const key = chunk[index];
        if (key !== undefined && swept.fencedKeys.length < FENCES_NAMED_MAX) swept.fencedKeys.push(key);
      });
    }
    if (swept.looked >= keysMax) break;
  }
  return swept;
}
