/**
 * Sends heartbeats from the loop that waits for the work, never from a separate
 * timer: work that hangs is bounded by its own limits, and the work on a lost
 * partition stops.
 */
import { isSettledWithin, settled } from "@trilane/lane-kit";
import type { Clock } from "@trilane/write-through";

export interface Beating {
  readonly clock: Pick<Clock, "schedule">;
  readonly intervalMs: number;
  /** Rejects when the work belongs to another process now. */
  readonly heartbeat: () => Promise<void>;
  /** Makes the work end early. */
  readonly abort: (reason: unknown) => void;
}

/** The work's outcome; or, after the work has ended, the heartbeat's error. */
export async function whileBeating<Value>(work: Promise<Value>, beating: Beating): Promise<Value> {
  const { clock, intervalMs } = beating;
  while (!(await isSettledWithin(work, { clock, limitMs: intervalMs }))) {
    try {
      await beating.heartbeat();
    } catch (error) {
      beating.abort(error);
      await settled(work);
      throw error;
    }
  }
  return work;
}
