/**
 * Elapsed milliseconds that also pass while the process, or the whole machine,
 * is stopped: the larger of the monotonic clock's and the wall clock's, and
 * never less than before. A wall clock that is set forward ends leases early,
 * which costs a look; one that is set back changes nothing.
 */
import type { Clock } from "../ports/clock.ts";

export function createElapsedTime(clock: Pick<Clock, "nowMs" | "monotonicMs">): () => number {
  const monotonicStartMs = clock.monotonicMs();
  const wallStartMs = clock.nowMs();
  let latestMs = 0;
  return () => {
    const elapsedMs = Math.max(clock.monotonicMs() - monotonicStartMs, clock.nowMs() - wallStartMs);
    latestMs = Math.max(latestMs, elapsedMs);
    return latestMs;
  };
}
