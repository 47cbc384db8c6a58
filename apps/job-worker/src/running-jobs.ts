/**
 * The jobs that run in this process, by id. A worker that lost the lock of a
 * job may get the same job again while it still runs. Two runs at the same time
 * would double its memory and its writes. So the first run is told to end, and
 * the second goes back to the queue until then.
 */
import type { Clock } from "@trilane/write-through";

export interface RunningJob {
  /** Fires when the same job was given to this process again. */
  readonly signal: AbortSignal;
  end(): void;
}

/**
 * When a job's function has ended, the library still works on the job for a moment, and then forgets the lock under the
 * job's id.
 */
const AFTERMATH_MS = 2_000;

export class RunningJobs {
  readonly #clock: Pick<Clock, "schedule">;
  readonly #running = new Map<string, AbortController>();

  constructor(clock: Pick<Clock, "schedule">) {
    this.#clock = clock;
  }

  /** Null where the job runs already; then the signal of that run fires. */
  begin(id: string): RunningJob | null {
    const first = this.#running.get(id);
    if (first !== undefined) {
      first.abort(new Error("the job's lock is lost"));
      return null;
    }
    const controller = new AbortController();
    this.#running.set(id, controller);
    const remove = (): void => void this.#running.delete(id);
    return {
      signal: controller.signal,
      end: () => void (controller.signal.aborted ? this.#clock.schedule(AFTERMATH_MS, remove) : remove()),
    };
  }
}
