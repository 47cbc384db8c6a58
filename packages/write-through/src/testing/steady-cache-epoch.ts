/** A cache epoch that never changes, for tests and benchmarks in which the cache is not lost. */
import type { Cache } from "../ports/cache.ts";
import { createCacheEpochPlan } from "../protocol/cache-epoch-plan.ts";
import type { Clock } from "../ports/clock.ts";
import { leaseMoment, waitMoment } from "../protocol/elapsed.ts";
import type { CacheEpochAccess } from "../ports/cache-epoch-access.ts";
import { nothingErased } from "../erasure/erasure-list.ts";
import { cacheEpochOptionsDefaults } from "../cache-epoch/cache-epoch-options.ts";

const EPOCH = 1;

/** Sets the guard of epoch 1, where there is none yet. */
export async function openSteadyCacheEpoch(
  cache: Pick<Cache, "begin" | "check">,
  clock: Pick<Clock, "nowMs">,
): Promise<CacheEpochAccess> {
  const checked = await cache.check(EPOCH);
  const begun = checked.kind === "settled" ? checked : await cache.begin(EPOCH);
  if (begun.kind === "failed") throw begun.error;
  const { leaseMs } = cacheEpochOptionsDefaults;
  const now = { lease: leaseMoment(0), wait: waitMoment(0) };
  return {
    plan: createCacheEpochPlan(cacheEpochOptionsDefaults),
    known: {
      cacheEpoch: { epoch: EPOCH, mode: "on" },
      terms: { leaseMs, waitMs: leaseMs },
      sentAt: now.lease,
      learnedAt: now.wait,
      waitsFrom: null,
    },
    erasures: nothingErased,
    now: () => now,
    timeOfDay: () => ({ kind: "confirmed", nowMs: clock.nowMs() }),
    look: () => Promise.resolve(),
    wait: () => Promise.resolve(),
    cacheAnswered: () => undefined,
    cacheFailed: () => Promise.resolve(),
  };
}
