/**
 * The jobs that run in this process, by id. A worker that lost the lock of a
 * job may get the same job again while it still runs. Two runs at the same time
 * would double its memory and its writes. So the first run is told to end, and
 * the second goes back to the queue until then.
 */
import type { Clock } from "@trilane/write-through";

export interface RunningJob {
  /** Fires when the job must not go on: its lock is lost, it was given to this process again, or the process ends. */
  readonly signal: AbortSignal;
  end(): void;
}

export interface RunningJobsOptions {
  readonly clock: Pick<Clock, "schedule">;
  /** Fires the signals of all jobs. */
  readonly abortSignal: AbortSignal;
}

/**
 * When a job's function has ended, the library still works on the job for a moment, and then forgets the lock under the
 * job's id.
 */
const AFTERMATH_MS = 2_000;

interface Running {
  readonly controller: AbortController;
  /** The job was given to this process again while it ran. */
  isMetAgain: boolean;
}

export class RunningJobs {
  readonly #options: RunningJobsOptions;
  readonly #running = new Map<string, Running>();

  constructor(options: RunningJobsOptions) {
    const { abortSignal } = options;
    this.#options = options;
    abortSignal.addEventListener("abort", () => {
      for (const { controller } of this.#running.values()) controller.abort(abortSignal.reason);
    });
  }

  /** Null where the job runs already; then the signal of that run fires. */
  begin(id: string, lockSignal?: AbortSignal): RunningJob | null {
    const first = this.#running.get(id);
    if (first !== undefined) {
      first.isMetAgain = true;
      first.controller.abort(new Error("the job's lock is lost"));
      return null;
    }
    const { clock, abortSignal } = this.#options;
    // One signal with a listener takes far less of each job than `AbortSignal.any`.
    const running: Running = { controller: new AbortController(), isMetAgain: false };
    for (const signal of [lockSignal, abortSignal]) if (signal?.aborted) running.controller.abort(signal.reason);
    lockSignal?.addEventListener("abort", () => running.controller.abort(lockSignal.reason));
    this.#running.set(id, running);
    const remove = (): void => void this.#running.delete(id);
    return {
      signal: running.controller.signal,
      end: () => void (running.isMetAgain ? clock.schedule(AFTERMATH_MS, remove) : remove()),
    };
  }
}
