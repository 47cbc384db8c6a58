/**
 * Decides whether the lanes still come nearer to rest after the faults, on a
 * machine that may be slow.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 250;

export class Progress {
  readonly #unfinished = new Set<string>();
  #movedMs = performance.now();

  /** Says that some work was done that need not be done again. */
  step(): void {
    this.#movedMs = performance.now();
  }

  /** Resolves with the result of `work`, which counts as unfinished until then. */
  async of<Result>(name: string, work: Promise<Result>): Promise<Result> {
    this.#unfinished.add(name);
    this.step();
    try {
      return await work;
    } finally {
      this.#unfinished.delete(name);
      this.step();
    }
  }

  /**
   * The unfinished work when nothing has moved for `limitMs` milliseconds, counted from this call at the earliest; none
   * as soon as `work` is done.
   * @throws the error of `work`
   */
  async stuck(work: Promise<unknown>, limitMs: number): Promise<readonly string[]> {
    let isDone = false;
    const done = work.then(() => {
      isDone = true;
    });
    this.step();
    for (;;) {
      await Promise.race([done, delay(POLL_MS)]);
      if (isDone) return [];
      if (performance.now() - this.#movedMs >= limitMs) return [...this.#unfinished];
    }
  }
}
