/**
 * Decides how long a process waits for a cache that gives no answer before it
 * gives the cache up.
 *
 * A silent cache is given up after the grace period. A cache from which some
 * bytes come is alive, and is given more time; but a process that gets no
 * answer in time, again and again, cannot use that cache either. One process
 * that is cut off must not switch the cache off for all others again and again,
 * so its grace period doubles each time until the cache answers it.
 */
import { type WaitMoment, waitMsBetween } from "../protocol/elapsed.ts";

/** `silence`: no byte came from the cache. `slowness`: bytes came, but no answer in time. */
export type NoAnswer = "silence" | "slowness";

const DOUBLINGS_MAX = 5;
/** A cache that is heard is given so many grace periods. */
const SLOW_GRACES = 20;
/**
 * Unanswered commands that are further apart do not count together. A process that needs the cache asks more often than
 * that, since it sends failed records again.
 */
const LAPSES_MS = 30_000;

export class CachePatience {
  readonly #graceMs: number;
  readonly #silence = new Unanswered();
  readonly #slowness = new Unanswered();
  #doublings = 0;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  answered(): void {
    this.forget();
    this.#doublings = 0;
  }

  /** Begins to count anew, with the same grace period. */
  forget(): void {
    this.#silence.end();
    this.#slowness.end();
  }

  /** Takes one more command without an answer. True: the cache is given up now. */
  isOverAfter(kind: NoAnswer, now: WaitMoment): boolean {
    const graceMs = this.#graceMs * 2 ** this.#doublings;
    if (kind === "silence") return this.#silence.meet(now) >= graceMs;
    this.#silence.end();
    return this.#slowness.meet(now) >= graceMs * SLOW_GRACES;
  }

  gaveUp(): void {
    this.#doublings = Math.min(this.#doublings + 1, DOUBLINGS_MAX);
    this.forget();
  }
}

/** Measures for how long commands have had no answer, one after the other. */
class Unanswered {
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
