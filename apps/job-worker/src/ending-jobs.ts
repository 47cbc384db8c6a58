/**
 * The jobs of this process whose work is done and whose end the queue's server
 * has not answered yet. Each answer may bring another job at once.
 */
import type { Job } from "bullmq";

export class EndingJobs {
  readonly #jobs = new Set<Job>();
  #onNone: () => void = () => undefined;

  get isAny(): boolean {
    return this.#jobs.size > 0;
  }

  /** Called each time that the last of them was answered. */
  set onNone(onNone: () => void) {
    this.#onNone = onNone;
  }

  ending(job: Job): void {
    this.#jobs.add(job);
  }

  answered(job: Job): void {
    if (this.#jobs.delete(job) && this.#jobs.size === 0) this.#onNone();
  }
}
