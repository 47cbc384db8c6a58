/**
 * How long a process bears with a cache that gives no answer before it gives
 * the cache up.
 *
 * A cache that is silent is given up after the grace period. One that is heard
 * of is alive, and is given more time; but a process that gets no answer in
 * time from it, again and again, cannot use it either. A process that alone is
 * cut off must not switch the cache off for all again and again, so its grace
 * period doubles each time until the cache answers it.
 */
import type { WaitMoment } from "../protocol/elapsed.ts";
import { Unanswered } from "./unanswered.ts";

/** No byte came from the cache, or bytes came but no answer in time. */
export type NoAnswer = "silence" | "slowness";

const DOUBLINGS_MAX = 5;
/** Grace periods of a cache that is heard of. */
const SLOW_GRACES = 20;

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

  /** Counts anew, with the same grace period. */
  forget(): void {
    this.#silence.end();
    this.#slowness.end();
  }

  /** Takes one more command without an answer; true where it is one too many. */
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
