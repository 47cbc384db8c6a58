/**
 * Says how many jobs may be under way, so that their payloads fit into a bound
 * of bytes. The size of a job is known only when it was taken, so the bound may
 * be exceeded by the last one. One job may always run.
 */
import type { WorkLimits } from "./limits.ts";

export class PayloadBudget {
  readonly #limits: Pick<WorkLimits, "jobsMax" | "payloadsBytesMax">;
  #jobs = 0;
  #bytes = 0;

  constructor(limits: Pick<WorkLimits, "jobsMax" | "payloadsBytesMax">) {
    this.#limits = limits;
  }

  /** Returns how many jobs may be under way now. */
  began(bytes: number): number {
    this.#jobs += 1;
    this.#bytes += bytes;
    return this.#jobsMax();
  }

  /** Returns how many jobs may be under way now. */
  ended(bytes: number): number {
    this.#jobs -= 1;
    this.#bytes -= bytes;
    return this.#jobsMax();
  }

  #jobsMax(): number {
    const { jobsMax, payloadsBytesMax } = this.#limits;
    return this.#bytes < payloadsBytesMax ? jobsMax : Math.min(jobsMax, Math.max(1, this.#jobs));
  }
}
