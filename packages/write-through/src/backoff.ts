/**
 * Computes how long to wait before another attempt. A ceiling doubles each time
 * up to a maximum, and the wait is a random share of it, so that callers that
 * failed together do not come back together.
 */
import type { Random } from "./ports/clock.ts";

export interface Backoff {
  /** The ceiling of the first wait, in milliseconds. */
  readonly baseMs: number;
  /** The ceiling of every later wait, in milliseconds. */
  readonly maxMs: number;
}

/** Full jitter: any time up to the ceiling. It spreads the attempts most, but the wait may be 0. */
export function fullJitterMs(backoff: Backoff, doublings: number, random: Random): number {
  return random() * ceilingMs(backoff, doublings);
}

/** Equal jitter: at least half of the ceiling, for a caller that must pause. */
export function equalJitterMs(backoff: Backoff, doublings: number, random: Random): number {
  return ceilingMs(backoff, doublings) * (0.5 + random() / 2);
}

function ceilingMs({ baseMs, maxMs }: Backoff, doublings: number): number {
  return Math.min(maxMs, baseMs * 2 ** doublings);
}
