/**
 * Tells a sender that waits for a job when the job has ended: by the queue's
 * events, and by a look at the job itself, since an event may be lost with the
 * queue's server.
 *
 * The library's own waiting is not used. It asks the server inside of a
 * promise's constructor, so a server that does not answer causes a rejection
 * that cannot be caught, and that ends the process.
 */
import { systemClock } from "@trilane/write-through";
import { type Queue, QueueEvents } from "bullmq";
import type { QueueAccess } from "@trilane/lane-kit";
import type { Redis } from "ioredis";
import type { JobResult } from "./job-results.ts";
import { prefixOf } from "./queue-names.ts";
import { openQueueConnection } from "./queue-connection.ts";

export type JobEnd =
  | { readonly kind: "completed"; readonly result: JobResult }
  | { readonly kind: "failed"; readonly reason: string };

export interface JobEndsOptions {
  readonly queueUrl: string;
  readonly access: QueueAccess | undefined;
  readonly queue: Queue;
  readonly onError: (error: Error) => void;
}

interface Opened {
  readonly events: QueueEvents;
  readonly connection: Redis;
}

/** Milliseconds between two looks at a job that a sender waits for. */
const LOOK_MS = 5_000;

/** Listens over a blocking connection, which the first waiting sender opens. */
export class JobEnds {
  readonly #options: JobEndsOptions;
  readonly #waiting = new Map<string, (end: JobEnd) => void>();
  #opened: Promise<Opened> | null = null;

  constructor(options: JobEndsOptions) {
    this.#options = options;
  }

  /**
   * To call before the job is sent, so that an end that comes at once is heard. @throws JobError QUEUE_UNAVAILABLE,
   * QUEUE_EVICTS
   */
  async open(): Promise<void> {
    this.#opened ??= this.#open();
    try {
      await this.#opened;
    } catch (error) {
      // The next waiting sender tries again.
      this.#opened = null;
      throw error;
    }
  }

  /** Null when the time is over. Never rejects. */
  async endOf(id: string, timeoutMs: number): Promise<JobEnd | null> {
    const over = Promise.withResolvers<JobEnd | null>();
    const looking = new AbortController();
    this.#waiting.set(id, over.resolve);
    const cancel = systemClock.schedule(timeoutMs, () => over.resolve(null));
    try {
      return await Promise.race([over.promise, this.#look(id, looking.signal)]);
    } finally {
      cancel();
      looking.abort();
      this.#waiting.delete(id);
    }
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => null);
    if (opened === undefined || opened === null) return;
    await opened.events.close();
    opened.connection.disconnect();
  }

  /** Looks from time to time until the job has ended. After the signal it never resolves. */
  async #look(id: string, signal: AbortSignal): Promise<JobEnd> {
    for (;;) {
      const end = await this.#endByNow(id).catch(() => null);
      if (end !== null) return end;
      await systemClock.sleep(LOOK_MS, signal).catch(() => undefined);
      if (signal.aborted) return new Promise(() => undefined);
    }
  }

  async #endByNow(id: string): Promise<JobEnd | null> {
    const { queue } = this.#options;
    const state = await queue.getJobState(id);
    if (state !== "completed" && state !== "failed") return null;
    const job = await queue.getJob(id);
    if (job === undefined) return null;
    return state === "completed"
      ? { kind: "completed", result: job.returnvalue }
      : { kind: "failed", reason: job.failedReason };
  }

  async #open(): Promise<Opened> {
    const { queueUrl, access, queue, onError } = this.#options;
    const connection = await openQueueConnection({ queueUrl, access, role: "worker", clock: systemClock, onError });
    const events = new QueueEvents(queue.name, { connection, ...prefixOf(access) });
    events.on("error", onError);
    events.on("completed", ({ jobId, returnvalue }) => {
      // The library has already parsed the value, although its type says that it is text.
      this.#waiting.get(jobId)?.({ kind: "completed", result: returnvalue as unknown as JobResult });
    });
    events.on("failed", ({ jobId, failedReason }) => {
      this.#waiting.get(jobId)?.({ kind: "failed", reason: failedReason });
    });
    await events.waitUntilReady();
    return { events, connection };
  }
}
