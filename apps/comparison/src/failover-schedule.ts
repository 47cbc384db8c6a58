/**
 * Schedules when and how the cache goes over to its replica: each kind once in
 * every round, in an order that the seed decides. All approaches meet the same
 * schedule.
 */
import { seededRandom } from "@trilane/write-through/testing";
import { between, numberBelow, type Range, shuffled } from "./seeded.ts";
import { READERS, WRITERS } from "./workload.ts";

export type Failover =
  /** The primary dies. The replica that takes its place has missed all writes of the last `lagMs`. */
  | { readonly kind: "crash"; readonly lagMs: number }
  /** Like a crash, but the old primary lives on for `splitMs`, for the processes that stay connected to it. */
  | { readonly kind: "split"; readonly lagMs: number; readonly splitMs: number; readonly staying: readonly number[] }
  /** The primary follows its replica for `demotedMs` and is promoted back. All connections stay open. */
  | { readonly kind: "demotion"; readonly demotedMs: number };

export interface ScheduledFailover {
  /** Milliseconds since the start of the load. */
  readonly atMs: number;
  readonly what: Failover;
}

/** By then there are copies, and this core's cache is on. */
const FIRST_AT_MS: Range = { min: 4_200, max: 4_800 };
/**
 * The time from one failover to the next: the failover, the time for which this core does without the cache, and some
 * seconds with it.
 */
export const EVERY_MS: Range = { min: 7_500, max: 8_500 };
export const LAG_MS: Range = { min: 500, max: 900 };
export const SPLIT_MS: Range = { min: 1_500, max: 2_500 };
export const DEMOTED_MS: Range = { min: 300, max: 500 };
/** The time for reads after the last failover. */
const AFTER_MS = 2_000;

export function failoverSchedule(seed: number, seconds: number): readonly ScheduledFailover[] {
  const random = seededRandom(seed);
  const schedule: ScheduledFailover[] = [];
  let atMs = between(random, FIRST_AT_MS);
  for (;;) {
    for (const what of shuffled(random, oneRound(random))) {
      if (atMs + durationMs(what) + AFTER_MS > seconds * 1_000) return schedule;
      schedule.push({ atMs, what });
      atMs += between(random, EVERY_MS);
    }
  }
}

/** The duration without the time that the servers need to start and to catch up. */
export function durationMs(failover: Failover): number {
  if (failover.kind === "crash") return failover.lagMs;
  return failover.kind === "split" ? failover.lagMs + failover.splitMs : failover.demotedMs;
}

/** One writer and one reader stay with the old primary; the other writer and the other reader go over. */
function oneRound(random: () => number): readonly Failover[] {
  const staying = [numberBelow(random, WRITERS), WRITERS + numberBelow(random, READERS)];
  return [
    { kind: "crash", lagMs: between(random, LAG_MS) },
    { kind: "split", lagMs: between(random, LAG_MS), splitMs: between(random, SPLIT_MS), staying },
    { kind: "demotion", demotedMs: between(random, DEMOTED_MS) },
  ];
}
