/** The clocks of one run, drawn from its seed. */
import type { Dice } from "./dice.ts";
import { type ClockTraits, RATE_DIFFERENCE_MAX } from "./machine-clocks.ts";
import { ServerClock } from "./server-clock.ts";
import type { EventQueue } from "./event-queue.ts";

export interface ClockConfiguration {
  /** The maximum share by which the rate of a clock differs from real time. */
  readonly rateDifferenceMax: number;
  /** The maximum by which a process's wall clock is ahead or behind, as long as nobody sets it. */
  readonly skewMsMax: number;
  readonly serverSkewMsMax: number;
  /** The maximum by which a wall clock is set. */
  readonly stepMsMax: number;
  /** The maximum time for which it stays so; then it is set right. */
  readonly stepLastsMsMax: number;
}

/** Lengths of the cache epoch's leases. */
export const LEASE_LENGTHS_MS = [300, 1_000, 3_000] as const;
const HOUR_MS = 3_600_000;
const SKEW_MS_MAX = 3_500;
const SERVER_SKEW_MS_MAX = 900;
const WANDER_PHASE_US_MAX = 20_000_000;

export function drawClocks(dice: Dice): ClockConfiguration {
  return {
    rateDifferenceMax: dice.pick([0, RATE_DIFFERENCE_MAX / 10, RATE_DIFFERENCE_MAX]),
    skewMsMax: dice.pick([0, 50, 2_000, SKEW_MS_MAX]),
    serverSkewMsMax: dice.pick([0, SERVER_SKEW_MS_MAX]),
    // Below the difference that makes a process call its clock wrong; somewhat above it; and one that makes every
    // record expired.
    stepMsMax: dice.pick([4_000, 4_000, 60_000, 6 * HOUR_MS]),
    stepLastsMsMax: dice.pick([500, 5_000, 15_000]),
  };
}

export function drawTraits(
  dice: Dice,
  { rateDifferenceMax, skewMsMax }: ClockConfiguration,
  stopsWallClock: boolean,
): ClockTraits {
  return {
    rate: 1 + dice.between(-rateDifferenceMax, rateDifferenceMax),
    skewMs: Math.round(dice.between(-skewMsMax, skewMsMax)),
    wander: dice.between(-rateDifferenceMax, rateDifferenceMax),
    wanderPhaseUs: dice.between(0, WANDER_PHASE_US_MAX),
    stopsWallClock,
    isLeftAlone: false,
  };
}

/** The store's clock, whose Date all processes hear, and the cache's, by which copies and leases end. */
export function drawServerClocks(
  dice: Dice,
  queue: EventQueue,
  { rateDifferenceMax, serverSkewMsMax }: ClockConfiguration,
): { readonly store: ServerClock; readonly cache: ServerClock } {
  const skewMs = (): number => dice.between(-serverSkewMsMax, serverSkewMsMax);
  const rate = 1 + dice.between(-rateDifferenceMax, rateDifferenceMax);
  return {
    store: new ServerClock(queue, { skewMs: skewMs(), rate: 1 }),
    cache: new ServerClock(queue, { skewMs: skewMs(), rate }),
  };
}
