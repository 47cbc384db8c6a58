/** Sends jobs, and waits for their receipts where the caller wants to. */
import { systemClock } from "@trilane/write-through";
import { type Job, Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import { JobError, messageOf } from "./errors.ts";
import { jobOptions, QUEUE_NAME_DEFAULT } from "./job-options.ts";
import { checkSize, parseJob } from "./job-payloads.ts";
import type { JobResult } from "./job-results.ts";
import { openQueueConnection } from "./queue-connection.ts";

export interface JobQueueOptions {
  readonly queueUrl: string;
  /** Default "trilane". */
  readonly queue?: string;
  /** Connection errors; calls report their own as well. */
  readonly onError?: (error: Error) => void;
}

export interface JobRequest {
  readonly name: string;
  readonly data: unknown;
  /** Resolve only when the job is done. */
  readonly wait?: boolean;
  /** Milliseconds to wait for it, default 30 seconds. */
  readonly timeoutMs?: number;
}

export interface EnqueuedJob {
  readonly id: string;
  /** Null where the caller did not wait. Reads that begin later see what was applied. */
  readonly result: JobResult | null;
}

export interface JobQueue {
  /** @throws JobError INVALID_JOB, QUEUE_UNAVAILABLE, JOB_FAILED, WAIT_TIMEOUT */
  enqueue(request: JobRequest): Promise<EnqueuedJob>;
  close(): Promise<void>;
}

const WAIT_MS_DEFAULT = 30_000;
/** Between two looks at a job that is waited for. */
const LOOK_MS = 5_000;
const PAUSE_MS = 50;

/** @throws JobError QUEUE_UNAVAILABLE, QUEUE_EVICTS */
export async function openJobQueue(options: JobQueueOptions): Promise<JobQueue> {
  const { queueUrl, queue: name = QUEUE_NAME_DEFAULT, onError = () => undefined } = options;
  const connection = await openQueueConnection({ queueUrl, role: "sender", clock: systemClock, onError });
  const queue = new Queue(name, { connection });
  queue.on("error", onError);
  // Everyone who waits for a job listens for the end of the queue.
  queue.setMaxListeners(0);
  const events = new EventsOnDemand({ queueUrl, name, onError });
  return {
    async enqueue({ name: jobName, data, wait = false, timeoutMs = WAIT_MS_DEFAULT }) {
      const parsed = parseJob(jobName, data);
      checkSize(parsed);
      const listening = wait ? await events.open() : null;
      const job = await add(queue, parsed.name, parsed.data, jobOptions(parsed, { isAwaited: wait }));
      const id = job.id ?? "";
      return { id, result: listening === null ? null : await resultOf(job, listening, timeoutMs) };
    },
    async close() {
      await events.close();
      await queue.close();
      connection.disconnect();
    },
  };
}

/** One job over connections of its own; {@link openJobQueue} is for many. */
export async function enqueue(request: JobRequest & JobQueueOptions): Promise<EnqueuedJob> {
  const queue = await openJobQueue(request);
  try {
    return await queue.enqueue(request);
  } finally {
    await queue.close();
  }
}

async function add(...[queue, name, data, options]: [Queue, ...Parameters<Queue["add"]>]): Promise<Job> {
  try {
    return await queue.add(name, data, options);
  } catch (cause) {
    const message = `the job was not queued, or that is not known: ${messageOf(cause)}`;
    throw new JobError("QUEUE_UNAVAILABLE", message, { cause });
  }
}

/** The event that says so may be lost with the queue's server; so the job itself is looked at now and then. */
async function resultOf(job: Job, events: QueueEvents, timeoutMs: number): Promise<JobResult> {
  const deadlineMs = systemClock.monotonicMs() + timeoutMs;
  for (;;) {
    const leftMs = Math.max(1, deadlineMs - systemClock.monotonicMs());
    try {
      return await job.waitUntilFinished(events, Math.min(leftMs, LOOK_MS));
    } catch (cause) {
      // The library rejects alike for a job that failed, a time that is over and a queue that does not answer.
      if (await job.isFailed().catch(() => false)) {
        throw new JobError("JOB_FAILED", `the job ${job.id} failed: ${messageOf(cause)}`, { cause });
      }
      if (systemClock.monotonicMs() >= deadlineMs) {
        const message = `the job ${job.id} is not done after ${timeoutMs} ms; it stays queued: is a worker running?`;
        throw new JobError("WAIT_TIMEOUT", message, { cause });
      }
      await systemClock.sleep(PAUSE_MS);
    }
  }
}

/** The blocking connection that waiting needs, opened by the first who waits. */
class EventsOnDemand {
  readonly #options: { readonly queueUrl: string; readonly name: string; readonly onError: (error: Error) => void };
  #opened: Promise<{ readonly events: QueueEvents; readonly connection: Redis }> | null = null;

  constructor(options: { queueUrl: string; name: string; onError: (error: Error) => void }) {
    this.#options = options;
  }

  async open(): Promise<QueueEvents> {
    this.#opened ??= this.#open();
    return (await this.#opened).events;
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => null);
    if (opened === undefined || opened === null) return;
    await opened.events.close();
    opened.connection.disconnect();
  }

  async #open(): Promise<{ readonly events: QueueEvents; readonly connection: Redis }> {
    const { queueUrl, name, onError } = this.#options;
    const connection = await openQueueConnection({ queueUrl, role: "worker", clock: systemClock, onError });
    const events = new QueueEvents(name, { connection });
    events.on("error", onError);
    events.setMaxListeners(0);
    await events.waitUntilReady();
    return { events, connection };
  }
}
