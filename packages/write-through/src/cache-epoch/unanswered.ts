/** Measures for how long commands have had no answer, one after the other. */
import { type WaitMoment, waitMsBetween } from "../protocol/elapsed.ts";

/**
 * Unanswered commands that are further apart do not count together: a process that needs the cache asks more often,
 * if only because it sends again what failed.
 */
const LAPSES_MS = 30_000;

export class Unanswered {
  #spell: { readonly since: WaitMoment; readonly latest: WaitMoment } | null = null;

  /** One more. Returns the milliseconds since the first of its spell. */
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
