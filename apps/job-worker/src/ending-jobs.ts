/**
 * The jobs of this process whose work is done and whose end the queue's server
 * has not answered yet. Each answer may bring another job at once. So the
 * records of a job wait for the answers that are due: the writer then gathers
 * them with those of the jobs that come, and an entity of several of them takes
 * one write of the store and not two. A job that comes while no other one ends
 * waits for nothing.
 */
import type { Clock } from "@trilane/write-through";
import type { Job } from "bullmq";

export interface EndingJobsOptions {
  readonly clock: Pick<Clock, "schedule">;
  /** Milliseconds after which nobody waits any longer, for a server that stands still. */
  readonly waitMs: number;
}

export class EndingJobs {
  readonly #options: EndingJobsOptions;
  readonly #jobs = new Set<Job>();
  #waiting: PromiseWithResolvers<void> | null = null;
  #isLookDue = false;
  #cancelWait: () => void = () => undefined;

  constructor(options: EndingJobsOptions) {
    this.#options = options;
  }

  ending(job: Job): void {
    this.#jobs.add(job);
  }

  answered(job: Job): void {
    if (this.#jobs.delete(job)) this.#lookSoon();
  }

  /** Resolves at the end of a turn of the event loop in which no job ends, for all that wait at once. */
  allAnswered(): Promise<void> {
    if (this.#waiting === null) {
      this.#waiting = Promise.withResolvers<void>();
      this.#cancelWait = this.#options.clock.schedule(this.#options.waitMs, () => this.#letGo());
      this.#lookSoon();
    }
    return this.#waiting.promise;
  }

  #lookSoon(): void {
    if (this.#isLookDue || this.#waiting === null || this.#jobs.size > 0) return;
    this.#isLookDue = true;
    // Jobs whose answers were read in this turn have come by its end.
    this.#options.clock.schedule(0, () => {
      this.#isLookDue = false;
      if (this.#jobs.size === 0) this.#letGo();
    });
  }

  #letGo(): void {
    this.#cancelWait();
    this.#waiting?.resolve();
    this.#waiting = null;
  }
}
