/**
 * How long to wait before another attempt: a ceiling that doubles each time up
 * to a maximum, and below it a random share, so that many that failed together
 * do not come back together.
 */
import type { Random } from "./ports/clock.ts";

export interface Backoff {
  /** The ceiling of the first wait, in milliseconds. */
  readonly baseMs: number;
  /** The ceiling of every later wait, in milliseconds. */
  readonly maxMs: number;
}

/** Full jitter: any time up to the ceiling. It spreads the attempts most, and the wait may be none. */
export function fullJitterMs(backoff: Backoff, doublings: number, random: Random): number {
  return random() * ceilingMs(backoff, doublings);
}

/** Equal jitter: at least half of the ceiling, for a pause that must be one. */
export function equalJitterMs(backoff: Backoff, doublings: number, random: Random): number {
  return ceilingMs(backoff, doublings) * (0.5 + random() / 2);
}

function ceilingMs({ baseMs, maxMs }: Backoff, doublings: number): number {
  return Math.min(maxMs, baseMs * 2 ** doublings);
}
