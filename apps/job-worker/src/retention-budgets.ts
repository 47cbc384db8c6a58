/**
 * How many bytes of the queue's server may hold jobs after their end: finished
 * jobs, failed jobs, dead letters and events.
 */

export interface Budget {
  readonly bytesMax: number;
  readonly jobsMax: number;
  readonly ageMsMax: number;
}

export interface Budgets {
  readonly completed: Budget;
  readonly failed: Budget;
  readonly dead: Budget;
  readonly eventsBytesMax: number;
}

const MIB = 1_048_576;
const DAY_MS = 86_400_000;
/**
 * Shares of the server's memory, where it has a limit. Together they are less than half: the rest is for jobs that
 * wait.
 */
const COMPLETED_SHARE = 0.1;
const FAILED_SHARE = 0.1;
const DEAD_SHARE = 0.15;
const EVENTS_SHARE = 0.05;

/** `maxBytes`: the memory of the server; null where it has no limit. */
export function budgetsFor(maxBytes: number | null): Budgets {
  const bytes = (share: number, most: number): number =>
    maxBytes === null ? most : Math.min(most, Math.floor(maxBytes * share));
  return {
    completed: { bytesMax: bytes(COMPLETED_SHARE, 64 * MIB), jobsMax: 5_000, ageMsMax: DAY_MS },
    failed: { bytesMax: bytes(FAILED_SHARE, 64 * MIB), jobsMax: 10_000, ageMsMax: 14 * DAY_MS },
    dead: { bytesMax: bytes(DEAD_SHARE, 256 * MIB), jobsMax: 100_000, ageMsMax: 30 * DAY_MS },
    eventsBytesMax: bytes(EVENTS_SHARE, 16 * MIB),
  };
}
