/**
 * Mutants of the values that a process takes from its clocks: elapsed time, the
 * time of day, the length of its leases. They replace production's functions
 * from outside.
 */
import { type Clock, createElapsedTime, type ElapsedTime, type CacheEpochAccess } from "@trilane/write-through";
import { leaseMoment, waitMoment } from "@trilane/write-through/protocol";
import { leasesByTheMonotonicClock, maximumOfTotals, waitsByTheLargerClock } from "../models/epochs/clock-mutants.ts";

type TwoClocks = Pick<Clock, "nowMs" | "monotonicMs">;

export interface ClockVariant {
  readonly elapsedTime: (clock: TwoClocks) => ElapsedTime;
  /** A process goes by its own configured length of leases, whatever the record says. */
  readonly trustsOwnLeaseLength: boolean;
  /** Records are judged by the process's own wall clock. */
  readonly trustsOwnTimeOfDay: boolean;
  /** The wall clock of a suspended machine stands still too, which is assumed not to happen. */
  readonly stopsWallClock: boolean;
}

export const productionClocks: ClockVariant = {
  elapsedTime: createElapsedTime,
  trustsOwnLeaseLength: false,
  trustsOwnTimeOfDay: false,
  stopsWallClock: false,
};

export const clockMutants: Readonly<Record<string, ClockVariant>> = {
  "waits by the larger clock": { ...productionClocks, elapsedTime: waitsByTheLargerClock },
  "leases by the monotonic clock alone": { ...productionClocks, elapsedTime: leasesByTheMonotonicClock },
  "maximum of totals": { ...productionClocks, elapsedTime: maximumOfTotals },
  "ticks added up": { ...productionClocks, elapsedTime: ticksAddedUp },
  "a lease that another process thinks longer": { ...productionClocks, trustsOwnLeaseLength: true },
  "records judged by the process's own clock": { ...productionClocks, trustsOwnTimeOfDay: true },
  /** This is no mutant of production but of the world: it does what is assumed not to happen. */
  "a suspended machine's wall clock stands still": { ...productionClocks, stopsWallClock: true },
};

function ticksAddedUp(clock: TwoClocks): ElapsedTime {
  let monotonicMs = clock.monotonicMs();
  let wallMs = clock.nowMs();
  let sumMs = 0;
  return () => {
    sumMs += Math.max(clock.monotonicMs() - monotonicMs, clock.nowMs() - wallMs);
    monotonicMs = clock.monotonicMs();
    wallMs = clock.nowMs();
    return { lease: leaseMoment(sumMs), wait: waitMoment(sumMs) };
  };
}

/** The cache epoch as the writer and the reader of a process see it. */
export function cacheEpochSeenBy(
  variant: ClockVariant,
  access: CacheEpochAccess,
  { clock, leaseMs }: { readonly clock: TwoClocks; readonly leaseMs: number },
): CacheEpochAccess {
  if (!variant.trustsOwnLeaseLength && !variant.trustsOwnTimeOfDay) return access;
  return {
    plan: access.plan,
    get known() {
      const { known } = access;
      return known === null || !variant.trustsOwnLeaseLength
        ? known
        : { ...known, terms: { leaseMs, waitMs: leaseMs } };
    },
    erasures: access.erasures,
    now: () => access.now(),
    timeOfDay: () => (variant.trustsOwnTimeOfDay ? { kind: "confirmed", nowMs: clock.nowMs() } : access.timeOfDay()),
    look: () => access.look(),
    wait: (ms) => access.wait(ms),
    cacheAnswered: () => access.cacheAnswered(),
    cacheFailed: (error, epoch) => access.cacheFailed(error, epoch),
  };
}
