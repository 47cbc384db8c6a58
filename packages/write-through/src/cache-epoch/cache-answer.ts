/**
 * Reads from replies whether the cache is still the one of its epoch, and
 * reports it to the cache epoch.
 */
import type { CoreError } from "../errors.ts";
import type { CacheSettleReply } from "../ports/cache.ts";
import type { CacheEpochAccess } from "../ports/cache-epoch-access.ts";
import type { CacheAnswer } from "../protocol/cache-epoch-plan.ts";

/** The answer that the reply to a publish, a fill or a raise means. */
export function cacheAnswerOf(reply: CacheSettleReply): CacheAnswer {
  if (reply.kind === "settled") return "done";
  return reply.error.code === "CACHE_LOST" ? "lost" : "unknown";
}

/**
 * To call after every command of `epoch`. `failure` is the failure of any of its keys; it may change the cache epoch.
 */
export async function tellCacheEpoch(
  cacheEpoch: CacheEpochAccess,
  failure: CoreError | null,
  epoch: number,
): Promise<void> {
  // The cache did answer; this process was too slow to hear it.
  if (failure === null || failure.code === "PROCESS_STALLED") cacheEpoch.cacheAnswered();
  else await cacheEpoch.cacheFailed(failure, epoch);
}
