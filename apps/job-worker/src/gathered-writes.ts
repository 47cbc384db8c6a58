/**
 * Gathers the records of jobs into few calls of the writer. Jobs that were
 * written together end together, and each answer of the queue's server to an end
 * may bring another job. So the next call waits for the answers that are due:
 * jobs of the same entities then take one write of the store and not two. A job
 * that comes while no other one ends is written at once.
 *
 * Jobs share a call, and not their fate: each gets its own receipts, and sends
 * again by itself what failed.
 */
import type { FeatureChange, FeatureWriter } from "@trilane/feature-groups";
import { allOf, type Clock, type Receipt } from "@trilane/write-through";
import type { WorkLimits } from "./limits.ts";

export type GatherLimits = Pick<WorkLimits, "gatherRecordsMax" | "gatherWaitMs">;

export interface GatherPorts {
  readonly writer: Pick<FeatureWriter, "writeMany">;
  readonly clock: Pick<Clock, "schedule">;
  /** Whether further jobs may come at once. */
  readonly isMoreComing: () => boolean;
}

interface Request {
  readonly changes: readonly FeatureChange[];
  readonly signal: AbortSignal;
  readonly settle: PromiseWithResolvers<readonly Receipt[]>;
}

export class GatheredWrites {
  readonly #limits: GatherLimits;
  readonly #ports: GatherPorts;
  #waiting: Request[] = [];
  #records = 0;
  #isLookDue = false;
  #cancelWait: () => void = () => undefined;

  constructor(limits: GatherLimits, ports: GatherPorts) {
    this.#limits = limits;
    this.#ports = ports;
  }

  /** One receipt per change, in order. The changes have their own places and times. */
  write(changes: readonly FeatureChange[], signal: AbortSignal): Promise<readonly Receipt[]> {
    const { gatherRecordsMax: recordsMax, gatherWaitMs: waitMs } = this.#limits;
    if (this.#records + changes.length > recordsMax) this.#begin();
    if (this.#waiting.length === 0) this.#cancelWait = this.#ports.clock.schedule(waitMs, () => this.#begin());
    const settle = Promise.withResolvers<readonly Receipt[]>();
    this.#waiting.push({ changes, signal, settle });
    this.#records += changes.length;
    if (this.#records >= recordsMax) this.#begin();
    else this.lookSoon();
    return settle.promise;
  }

  /** To call when the last of the jobs that were expected has not come. */
  lookSoon(): void {
    if (this.#isLookDue || this.#waiting.length === 0) return;
    this.#isLookDue = true;
    // Jobs whose answers were read in this turn have come by its end.
    this.#ports.clock.schedule(0, () => {
      this.#isLookDue = false;
      if (!this.#ports.isMoreComing()) this.#begin();
    });
  }

  #begin(): void {
    const requests = this.#waiting;
    this.#waiting = [];
    this.#records = 0;
    this.#cancelWait();
    void this.#write(requests);
  }

  /** Never rejects. */
  async #write(requests: readonly Request[]): Promise<void> {
    const going = requests.filter(({ signal }) => !signal.aborted);
    for (const request of requests) if (request.signal.aborted) void this.#writeAlone(request);
    const [first] = going;
    if (first === undefined) return;
    if (going.length === 1) return this.#writeAlone(first);
    const all = allOf(going.map(({ signal }) => signal));
    try {
      const changes = going.flatMap((request) => request.changes);
      const receipts = await this.#ports.writer.writeMany(changes, { lane: "on-demand", signal: all.signal });
      let from = 0;
      for (const { changes: own, settle } of going) {
        settle.resolve(receipts.slice(from, from + own.length));
        from += own.length;
      }
    } catch {
      // A group whose definition is broken fails its own jobs alone.
      for (const request of going) void this.#writeAlone(request);
    } finally {
      all.letGo();
    }
  }

  async #writeAlone({ changes, signal, settle }: Request): Promise<void> {
    try {
      settle.resolve(await this.#ports.writer.writeMany(changes, { lane: "on-demand", signal }));
    } catch (error) {
      settle.reject(error);
    }
  }
}
