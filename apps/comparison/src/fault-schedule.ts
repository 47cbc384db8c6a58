/**
 * Schedules the faults: one at a time, each kind once in every round, in an
 * order that the seed decides. All approaches meet the same schedule. The cache
 * loses nothing here; `failover-schedule.ts` has the failures in which it loses
 * some copies.
 */
import { seededRandom } from "@trilane/write-through/testing";
import type { LinkFault } from "@trilane/verification/faults";
import { between, numberBelow, type Range, shuffled } from "./seeded.ts";
import { PROCESSES, WRITERS } from "./workload.ts";

export type ComparisonFault =
  /** A fault of one process's links, or of those of all processes. */
  | {
      readonly kind: "link";
      readonly link: "cache" | "store";
      readonly fault: LinkFault;
      readonly process: number | "all";
    }
  /** kill -9; another process continues from the last mark. */
  | { readonly kind: "kill"; readonly process: number }
  /** SIGSTOP, and SIGCONT at the end. */
  | { readonly kind: "pause"; readonly process: number };

export interface ScheduledFault {
  /** Milliseconds since the start of the load. */
  readonly atMs: number;
  readonly forMs: number;
  readonly what: ComparisonFault;
}

/** There is no fault before, so that the load is under way. */
const FIRST_AT_MS = 500;
/** The time that a process needs to start again, so that it is there for the next fault. */
const KILL_FOR_MS = 900;
const DELAY_MS = 40;
/** The share of link faults that affect all processes; the others affect one process. */
const ALL_SHARE = 0.4;
/** Longer than a cache command waits for its answer, so some commands run late. */
const LONG_MS: Range = { min: 400, max: 1_400 };
const SHORT_MS: Range = { min: 80, max: 250 };
const GAP_MS: Range = { min: 150, max: 350 };

export function faultSchedule(seed: number, seconds: number): readonly ScheduledFault[] {
  const random = seededRandom(seed);
  const schedule: ScheduledFault[] = [];
  let atMs = FIRST_AT_MS;
  for (;;) {
    for (const { what, lasts } of shuffled(random, oneRound(random))) {
      const forMs = between(random, lasts);
      if (atMs + forMs + GAP_MS.min > seconds * 1_000) return schedule;
      schedule.push({ atMs, forMs, what });
      atMs += forMs + between(random, GAP_MS);
    }
  }
}

interface PossibleFault {
  readonly what: ComparisonFault;
  readonly lasts: Range;
}

function oneRound(random: () => number): readonly PossibleFault[] {
  const linkFault = (link: "cache" | "store", fault: LinkFault, lasts: Range): PossibleFault => {
    const process = random() < ALL_SHARE ? "all" : numberBelow(random, PROCESSES);
    return { what: { kind: "link", link, fault, process }, lasts };
  };
  const links = (["cache", "store"] as const).flatMap((link) => [
    linkFault(link, { kind: "delay", ms: DELAY_MS }, LONG_MS),
    linkFault(link, { kind: "stall" }, LONG_MS),
    linkFault(link, { kind: "drop-replies" }, SHORT_MS),
    linkFault(link, { kind: "cut" }, SHORT_MS),
  ]);
  const pauses = Array.from({ length: PROCESSES }, (_, process): PossibleFault => {
    return { what: { kind: "pause", process }, lasts: LONG_MS };
  });
  const kill: PossibleFault = {
    what: { kind: "kill", process: numberBelow(random, WRITERS) },
    lasts: { min: KILL_FOR_MS, max: KILL_FOR_MS },
  };
  return [...links, ...pauses, kill];
}
