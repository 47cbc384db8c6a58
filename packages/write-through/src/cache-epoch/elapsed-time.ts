/**
 * The two kinds of elapsed time of one process, from its two clocks.
 *
 * Waits go by the monotonic clock alone. Leases go by the monotonic clock plus
 * every forward jump of the wall clock against it: a machine that is suspended
 * stops its monotonic clock, and its wall clock jumps when it goes on.
 *
 * A jump is recognised where the distance of the two clocks has grown by more
 * than {@link JUMP_MS_MIN} since it was smallest, and is then taken whole. It is
 * never added up from call to call: the wall clock is in whole milliseconds, so
 * that its steps between two calls say nothing. The distance is read as an
 * interval, because the process may stand still between the two readings.
 *
 * What no clock of the machine shows cannot be seen from here: a machine whose
 * clocks all stand still, or stand still and are set back before they are read.
 */
import type { Clock } from "../ports/clock.ts";
import { leaseMoment, type Now, waitMoment } from "../protocol/elapsed.ts";

/** Above what a clock in whole milliseconds shows by itself; a lease is longer than it should be by at most so much. */
const JUMP_MS_MIN = 5;
const WALL_CLOCK_STEP_MS = 1;

/** Each call the present moment. */
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
