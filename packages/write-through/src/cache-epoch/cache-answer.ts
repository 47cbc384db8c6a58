/** Reads from replies whether the cache itself still is the one of its epoch, and tells the cache epoch. */
import type { CoreError } from "../errors.ts";
import type { CacheSettleReply } from "../ports/cache.ts";
import type { CacheEpochAccess } from "../ports/cache-epoch-access.ts";
import type { CacheAnswer } from "../protocol/cache-epoch-plan.ts";

/** Of a publish, a fill or a raise. */
export function cacheAnswerOf(reply: CacheSettleReply): CacheAnswer {
  if (reply.kind === "settled") return "done";
  return reply.error.code === "CACHE_LOST" ? "lost" : "unknown";
}

/** After every command of `epoch`: `failure` is that of any of its keys, and the cache epoch may change by it. */
export async function tellCacheEpoch(
  cacheEpoch: CacheEpochAccess,
  failure: CoreError | null,
  epoch: number,
): Promise<void> {
  // A cache whose answer this process was too slow to hear has answered.
  if (failure === null || failure.code === "PROCESS_STALLED") cacheEpoch.cacheAnswered();
  else await cacheEpoch.cacheFailed(failure, epoch);
}
