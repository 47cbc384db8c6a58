/**
 * Heartbeats from the loop that waits for the work, never from a timer of
 * their own: work that hangs is bounded by its own limits, and a lost
 * partition stops its work.
 */
import type { Clock } from "@trilane/write-through";

export interface Beating {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Rejects when the work is no longer this process's. */
  readonly heartbeat: () => Promise<void>;
  /** Makes the work end early. */
  readonly abort: (reason: unknown) => void;
}

/** The work's outcome; or, after the work has ended, the heartbeat's error. */
export async function whileBeating<Value>(work: Promise<Value>, beating: Beating): Promise<Value> {
  while (!(await isSettledWithin(work, beating))) {
    try {
      await beating.heartbeat();
    } catch (error) {
      beating.abort(error);
      await work.catch(() => undefined);
      throw error;
    }
  }
  return work;
}

async function isSettledWithin(work: Promise<unknown>, { clock, intervalMs }: Beating): Promise<boolean> {
  const limit = new AbortController();
  const settled = work.then(
    () => true,
    () => true,
  );
  const tooLate = clock.sleep(intervalMs, limit.signal).then(
    () => false,
    () => true,
  );
  const isSettled = await Promise.race([settled, tooLate]);
  limit.abort();
  return isSettled;
}
