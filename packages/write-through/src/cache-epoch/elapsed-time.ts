/**
 * The two kinds of elapsed time of one process, computed from its two clocks.
 *
 * Waits go by the monotonic clock alone. Leases go by the monotonic clock plus
 * every forward jump of the wall clock against it: when a machine is suspended,
 * its monotonic clock stops, and its wall clock jumps when the machine goes on.
 *
 * A jump is recognised when the distance of the two clocks has grown by more
 * than {@link JUMP_MS_MIN} since it was smallest, and is then counted whole.
 * The distances between single calls are never added up: the wall clock has
 * whole milliseconds, so its steps between two calls say nothing. The distance
 * is read as an interval, because the process may stand still between the two
 * readings.
 *
 * Two things cannot be seen from here: a machine whose clocks all stand still,
 * and one whose wall clock is set back before it is read again.
 */
import type { Clock } from "../ports/clock.ts";
import { leaseMoment, type Now, waitMoment } from "../protocol/elapsed.ts";

/** A clock in whole milliseconds may show such a step by itself. A lease may be too long by at most so much. */
const JUMP_MS_MIN = 5;
const WALL_CLOCK_STEP_MS = 1;

/** Each call returns the present moment. */
export type ElapsedTime = () => Now;

export function createElapsedTime(clock: Pick<Clock, "nowMs" | "monotonicMs">): ElapsedTime {
  let smallestDistanceMs = clock.nowMs() - clock.monotonicMs();
  let jumpsMs = 0;
  return () => {
    const beforeMs = clock.monotonicMs();
    const wallMs = clock.nowMs();
    const monotonicMs = clock.monotonicMs();
    const distanceMsMin = wallMs - monotonicMs;
    const distanceMsMax = wallMs + WALL_CLOCK_STEP_MS - beforeMs;
    if (distanceMsMin - smallestDistanceMs > JUMP_MS_MIN) {
      jumpsMs += distanceMsMin - smallestDistanceMs;
      smallestDistanceMs = distanceMsMin;
    } else if (distanceMsMax < smallestDistanceMs) {
      smallestDistanceMs = distanceMsMax;
    }
    return { lease: leaseMoment(monotonicMs + jumpsMs), wait: waitMoment(monotonicMs) };
  };
}
