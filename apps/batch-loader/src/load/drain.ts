/** The end of the units under way: their signal fires some time after the load's own. */
import type { Clock } from "@trilane/write-through";

export interface DrainOptions {
  readonly clock: Pick<Clock, "schedule">;
  readonly drainMs: number;
  /** The load's own signal. */
  readonly signal?: AbortSignal | undefined;
}

export class Drain {
  readonly #controller = new AbortController();
  readonly #options: DrainOptions;
  readonly #onStop = (): void => {
    const { clock, drainMs } = this.#options;
    this.#cancel = clock.schedule(drainMs, () => {
      this.#controller.abort(new Error(`the unit was not done ${drainMs} ms after the interruption`));
    });
  };
  #cancel: () => void = () => undefined;

  constructor(options: DrainOptions) {
    this.#options = options;
    if (options.signal?.aborted === true) this.#onStop();
    else options.signal?.addEventListener("abort", this.#onStop, { once: true });
  }

  /** Fires `drainMs` after the load's own signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  close(): void {
    this.#cancel();
    this.#options.signal?.removeEventListener("abort", this.#onStop);
  }
}
