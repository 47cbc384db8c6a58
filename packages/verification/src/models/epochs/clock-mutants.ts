/**
 * The mutation table of time: how elapsed time is computed, and how long leases
 * and waits are.
 */
import { type Clock, createElapsedTime, type ElapsedTime } from "@trilane/write-through";
import { CLOCK_RATE_MARGIN, leaseMoment, leaseMsBetween, waitMoment } from "@trilane/write-through/protocol";
import { LONG_LEASE_MS } from "./clocks.ts";
import type { Mutant } from "../mutant.ts";
import { type ProtocolUnderTest, withElapsedTime, withEpochRules, withTerms } from "./protocol.ts";

type Clocks = Pick<Clock, "nowMs" | "monotonicMs">;

/**
 * One time for both kinds: the larger of the two clocks' totals, and never less than before. Production did this before
 * the two kinds were kept apart.
 */
export function maximumOfTotals(clock: Clocks): ElapsedTime {
  const monotonicStartMs = clock.monotonicMs();
  const wallStartMs = clock.nowMs();
  let latestMs = 0;
  return () => {
    latestMs = Math.max(latestMs, clock.monotonicMs() - monotonicStartMs, clock.nowMs() - wallStartMs);
    return { lease: leaseMoment(latestMs), wait: waitMoment(latestMs) };
  };
}

/** Both kinds go by production's clock for leases, which runs ahead when in doubt. */
export function waitsByTheLargerClock(clock: Clocks): ElapsedTime {
  const production = createElapsedTime(clock);
  const start = production().lease;
  return () => {
    const { lease } = production();
    return { lease, wait: waitMoment(leaseMsBetween(start, lease)) };
  };
}

export function leasesByTheMonotonicClock(clock: Clocks): ElapsedTime {
  return () => ({ lease: leaseMoment(clock.monotonicMs()), wait: waitMoment(clock.monotonicMs()) });
}

export const clockMutants: readonly Mutant<ProtocolUnderTest>[] = [
  {
    name: "the maximum of totals",
    rule: "elapsed time",
    instead: "takes the larger of both clocks' totals for leases and waits alike",
    protocol: withElapsedTime(maximumOfTotals),
    world: "clocks-of-a-writer-stepped",
    expects: "violation",
  },
  {
    name: "waits by the larger clock",
    rule: "elapsed time (waits)",
    instead: "ends a wait when somebody sets the wall clock forward",
    protocol: withElapsedTime(waitsByTheLargerClock),
    world: "clocks-of-a-writer-stepped",
    expects: "violation",
  },
  {
    name: "leases by the monotonic clock",
    rule: "elapsed time (leases)",
    instead: "does not count the time for which the machine was suspended",
    protocol: withElapsedTime(leasesByTheMonotonicClock),
    world: "clocks-suspended",
    expects: "violation",
  },
  {
    name: "no margin for the rates of clocks",
    rule: "isWaitOver (margin)",
    instead: "waits as long as a lease lasts by its own clock",
    protocol: withEpochRules({ isWaitOver: (waitedMs, { waitMs }) => waitedMs >= waitMs }),
    world: "clocks-at-two-rates",
    expects: "violation",
  },
  {
    name: "waits as long as the new leases",
    rule: "isWaitOver (terms)",
    instead: "waits for as long as leases last from now on",
    protocol: withEpochRules({
      isWaitOver: (waitedMs, { leaseMs }) => waitedMs >= leaseMs * (1 + CLOCK_RATE_MARGIN),
    }),
    world: "clocks-leases-shortened",
    expects: "violation",
  },
  {
    name: "a process with a longer lease of its own",
    rule: "isLeaseValid (terms)",
    instead: "relies on what it learned for as long as it was configured to, not for as long as the record says",
    protocol: withEpochRules({ isLeaseValid: (ageMs) => ageMs < LONG_LEASE_MS }),
    world: "clocks-leases-of-the-record",
    expects: "violation",
  },
  {
    name: "the terms forget older leases",
    rule: "termsOfNextEpoch",
    instead: "has everybody wait for the leases of the epoch before, and for none that is older",
    protocol: withTerms((from, leaseMs) => ({ leaseMs, waitMs: Math.max(leaseMs, from?.leaseMs ?? 0) })),
    world: "clocks-leases-shortened-early",
    expects: "violation",
  },
];
