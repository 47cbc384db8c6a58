/** Measures for how long commands have had no answer, one after the other. */
import { type WaitMoment, waitMsBetween } from "../protocol/elapsed.ts";

/**
 * Unanswered commands that are further apart do not count together. A process that needs the cache asks more often than
 * that, since it sends failed records again.
 */
const LAPSES_MS = 30_000;

export class Unanswered {
  #spell: { readonly since: WaitMoment; readonly latest: WaitMoment } | null = null;

  /** Counts one more. Returns the milliseconds since the first one of the same series. */
  meet(now: WaitMoment): number {
    const spell = this.#spell;
    const since = spell !== null && waitMsBetween(spell.latest, now) <= LAPSES_MS ? spell.since : now;
    this.#spell = { since, latest: now };
    return waitMsBetween(since, now);
  }

  end(): void {
    this.#spell = null;
  }
}
