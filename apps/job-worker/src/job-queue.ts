/** Sends jobs, and waits for their receipts if the caller wants to. */
import { randomUUID } from "node:crypto";
import { type QueueAccess, shownMessage } from "@trilane/lane-kit";
import { systemClock } from "@trilane/write-through";
import { type Job, type JobsOptions, Queue } from "bullmq";
import { JobError } from "./errors.ts";
import { JobEnds } from "./job-ends.ts";
import { isOutOfMemory } from "./queue-memory.ts";
import { eventStreams, sendOptions } from "./send-options.ts";
import { queueFull, SendRoom } from "./send-room.ts";
import { checkSize, type ParsedJob, parseJob } from "./decode.ts";
import type { JobResult } from "./job-results.ts";
import { prefixOf } from "./queue-names.ts";
import { openQueueConnection } from "./queue-connection.ts";
import { seal } from "./sealed-payload.ts";

export interface JobQueueOptions {
  readonly queueUrl: string;
  /** Login and certificates, where the address does not have them. */
  readonly access?: QueueAccess;
  /** Jobs are signed with it. */
  readonly signing?: JobSigning | undefined;
  /** `queueOfTable` gives the default queue of a table. */
  readonly queue: string;
  /** Gets errors of the connection; calls report their own errors as well. */
  readonly onError?: (error: Error) => void;
}

/** The name of a client, and a function that returns its present key. */
export interface JobSigning {
  readonly client: string;
  readonly key: () => string;
}

export interface JobRequest {
  readonly name: string;
  readonly data: unknown;
  /** Whether to resolve only when the job is done. */
  readonly wait?: boolean;
  /** Milliseconds to wait for the job, default 30 seconds. */
  readonly timeoutMs?: number;
}

export interface EnqueuedJob {
  readonly id: string;
  /** Null where the caller did not wait. Reads that begin later see the applied records. */
  readonly result: JobResult | null;
}

export interface JobQueue {
  /** @throws JobError INVALID_JOB, QUEUE_FULL, QUEUE_UNAVAILABLE, JOB_FAILED, WAIT_TIMEOUT */
  enqueue(request: JobRequest): Promise<EnqueuedJob>;
  close(): Promise<void>;
}

const WAIT_MS_DEFAULT = 30_000;

/** @throws JobError QUEUE_UNAVAILABLE, QUEUE_EVICTS */
export async function openJobQueue(options: JobQueueOptions): Promise<JobQueue> {
  const { queueUrl, access, queue: name, signing, onError = () => undefined } = options;
  const connection = await openQueueConnection({ queueUrl, access, role: "sender", clock: systemClock, onError });
  const queue = new Queue(name, { connection, streams: eventStreams, ...prefixOf(access) });
  queue.on("error", onError);
  const room = new SendRoom({ connection, queueUrl, clock: systemClock });
  const ends = new JobEnds({ queueUrl, access, queue, onError });
  return {
    async enqueue({ name: jobName, data, wait = false, timeoutMs = WAIT_MS_DEFAULT }) {
      const parsed = parseJob(jobName, data);
      checkSize(parsed);
      await room.check();
      if (wait) await ends.open();
      const more = sendOptions(parsed, { isAwaited: wait });
      const job = await (signing === undefined ? add(queue, parsed, more) : addSigned(queue, parsed, more, signing));
      const id = job.id ?? "";
      return { id, result: wait ? await resultOf(id, ends, timeoutMs) : null };
    },
    async close() {
      await ends.close();
      await queue.close();
      connection.disconnect();
    },
  };
}

/** Sends one job over connections of its own; {@link openJobQueue} is for many. */
export async function enqueue(request: JobRequest & JobQueueOptions): Promise<EnqueuedJob> {
  const queue = await openJobQueue(request);
  try {
    return await queue.enqueue(request);
  } finally {
    await queue.close();
  }
}

/** The id and the time of a signed job are chosen here, because they are signed with it. */
function addSigned(queue: Queue, job: ParsedJob, options: JobsOptions, { client, key }: JobSigning): Promise<Job> {
  const [id, atMs] = [randomUUID(), systemClock.nowMs()];
  const data = seal({ client, name: job.name, id, atMs, text: JSON.stringify(job.data) }, key());
  return add(queue, { name: job.name, data }, { ...options, jobId: id, timestamp: atMs });
}

interface NamedData {
  readonly name: string;
  readonly data: object;
}

async function add(queue: Queue, { name, data }: NamedData, options: JobsOptions): Promise<Job> {
  try {
    return await queue.add(name, data, options);
  } catch (cause) {
    if (isOutOfMemory(cause)) throw queueFull("the queue's server has no memory for the job", cause);
    const message = `the job was not queued, or that is not known: ${shownMessage(cause)}`;
    throw new JobError("QUEUE_UNAVAILABLE", message, { cause });
  }
}

async function resultOf(id: string, ends: JobEnds, timeoutMs: number): Promise<JobResult> {
  const end = await ends.endOf(id, timeoutMs);
  if (end === null) {
    const message = `the job ${id} is not done after ${timeoutMs} ms; it stays queued: is a worker running?`;
    throw new JobError("WAIT_TIMEOUT", message);
  }
  if (end.kind === "failed") throw new JobError("JOB_FAILED", `the job ${id} failed: ${end.reason}`);
  return end.result;
}
