/** A regime that never changes, for tests and benchmarks in which the cache is not lost. */
import type { Cache } from "../ports/cache.ts";
import { createRegimePlan } from "../protocol/regime-plan.ts";
import type { Clock } from "../ports/clock.ts";
import { leaseMoment, waitMoment } from "../protocol/elapsed.ts";
import type { RegimeAccess } from "../regime/regime-access.ts";
import { regimeOptionsDefaults } from "../regime/regime-options.ts";

const EPOCH = 1;

/** Sets the guard of epoch 1, where there is none yet. */
export async function openSteadyRegime(
  cache: Pick<Cache, "begin" | "check">,
  clock: Pick<Clock, "nowMs">,
): Promise<RegimeAccess> {
  const checked = await cache.check(EPOCH);
  const begun = checked.kind === "settled" ? checked : await cache.begin(EPOCH);
  if (begun.kind === "failed") throw begun.error;
  const { leaseMs } = regimeOptionsDefaults;
  const now = { lease: leaseMoment(0), wait: waitMoment(0) };
  return {
    plan: createRegimePlan(regimeOptionsDefaults),
    known: {
      regime: { epoch: EPOCH, mode: "on" },
      terms: { leaseMs, waitMs: leaseMs },
      sentAt: now.lease,
      learnedAt: now.wait,
      waitsFrom: null,
    },
    now: () => now,
    timeOfDay: () => ({ kind: "confirmed", nowMs: clock.nowMs() }),
    look: () => Promise.resolve(),
    wait: () => Promise.resolve(),
    cacheAnswered: () => undefined,
    cacheFailed: () => Promise.resolve(),
  };
}
