/**
 * Steps of the wall clock of one process at a time, as a time daemon, a
 * hypervisor or an operator causes them: by seconds to hours, forward or back.
 * After a while the clock goes back to the true time, which is a step as well.
 */
import type { Random } from "@trilane/write-through";

export interface ClockStep {
  /** The name of the fault's kind. */
  readonly name: string;
  readonly offsetMs: number;
}

interface StepSize {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const MS_PER_SECOND = 1_000;
const MS_PER_MINUTE = 60 * MS_PER_SECOND;
const MS_PER_HOUR = 60 * MS_PER_MINUTE;

const SIZES: readonly StepSize[] = [
  { name: "seconds", fromMs: 1.5 * MS_PER_SECOND, toMs: 15 * MS_PER_SECOND },
  { name: "minutes", fromMs: MS_PER_MINUTE, toMs: 30 * MS_PER_MINUTE },
  { name: "hours", fromMs: MS_PER_HOUR, toMs: 5 * MS_PER_HOUR },
];

const DIRECTIONS = [
  { name: "forward", sign: 1 },
  { name: "back", sign: -1 },
] as const;

/** The step comes at the moment when writers wait and readers' leases end. */
export const STEP_AT_CHANGE = "clock forward at a change of the cache epoch";

/** A step of every size in both directions. */
export function clockSteps(): readonly ((random: Random) => ClockStep)[] {
  return SIZES.flatMap((size) =>
    DIRECTIONS.map(({ name, sign }) => (random: Random): ClockStep => ({
      name: nameOf(size, name),
      offsetMs: sign * Math.round(size.fromMs + (size.toMs - size.fromMs) * random()),
    })),
  );
}

export const CLOCK_STEP_KINDS: readonly string[] = SIZES.flatMap((size) =>
  DIRECTIONS.map(({ name }) => nameOf(size, name)),
);

function nameOf({ name }: StepSize, direction: string): string {
  return `clock ${direction} by ${name}`;
}
