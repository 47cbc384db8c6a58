/**
 * Bounds the jobs that wait for something else than the writer: refreshes,
 * which ask a resolver, and loads, which read objects. Many puts and deletes
 * are under way at once, because the writer gathers them; a resolver's source
 * and the memory of this process would not bear as many of the others.
 *
 * Jobs wait in order. One whose signal fires while it waits goes on at once, and
 * must look at its signal itself.
 */
export class SlowJobs {
  readonly #max: number;
  readonly #waiting = new Set<() => void>();
  #underWay = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Runs `work` when it is its turn, or when the signal fires. */
  async run<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    if (this.#underWay >= this.#max && !signal.aborted) await this.#turn(signal);
    else this.#underWay += 1;
    try {
      return await work();
    } finally {
      this.#end();
    }
  }

  /** Resolves with the turn already taken. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        this.#waiting.delete(go);
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        this.#underWay += 1;
        go();
      };
      this.#waiting.add(go);
      signal.addEventListener("abort", leave);
    });
  }

  /** The turn goes over to the job that has waited longest. */
  #end(): void {
    const [next] = this.#waiting;
    if (next === undefined || this.#underWay > this.#max) this.#underWay -= 1;
    else next();
  }
}
