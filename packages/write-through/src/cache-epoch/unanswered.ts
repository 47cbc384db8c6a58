/** For how long commands have had no answer, as one spell that is not over. */
import { type WaitMoment, waitMsBetween } from "../protocol/elapsed.ts";

/**
 * Commands without an answer that are further apart are not one spell: whoever needs the cache asks more often,
 * if only because what failed is sent again.
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
