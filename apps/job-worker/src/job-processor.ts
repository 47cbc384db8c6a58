/**
 * The function that BullMQ calls for each job. It checks the payload, runs the
 * job, and decides by the kind of its rejection what happens to the job.
 *
 * - The job is invalid or hopeless: `UnrecoverableError`, so it fails for good.
 * - It was interrupted by the shutdown, or still runs in this process: it goes
 *   back to the queue, and the attempt does not count.
 * - Its records were not written because store or cache do not take them now:
 *   the same, with longer and longer pauses. An outage is not the job's fault,
 *   and jobs of other clients may have only one attempt.
 * - Its dead letters were not kept because the queue's server is full: the
 *   same, for as long as it takes.
 * - Anything else: another attempt after the job's backoff.
 */
import {
  confirmedNowMs,
  endsLane,
  personalGroups,
  type Platform,
  type RetryPolicy,
  shownMessage,
} from "@trilane/lane-kit";
import { type Backoff, CoreError, equalJitterMs } from "@trilane/write-through";
import { DelayedError, type Job, type Queue, UnrecoverableError } from "bullmq";
import { type DeadMax, load, type LoadProgress, type LoadStores } from "@trilane/batch-loader";
import { keepDead } from "./dead-letters.ts";
import { eraseByJob, forgetNames } from "./erase-by-job.ts";
import { JobError, type JobErrorCode } from "./errors.ts";
import { parseJob } from "./decode.ts";
import { exactPayloadOf, payloadBytesOf, unreadableTextOf } from "./exact-worker.ts";
import { checkAccess, isSourceAllowed, type JobAccess } from "./job-access.ts";
import type { JobResult } from "./job-results.ts";
import { checkRights, checkSignature, type JobSignatures, sealAgain, type SentJob } from "./job-signatures.ts";
import { isRetryable, processJob } from "./process-job.ts";
import { isOutOfMemory } from "./queue-memory.ts";
import type { Resolvers } from "./resolvers.ts";
import type { Retention } from "./retention.ts";
import { RunningJobs } from "./running-jobs.ts";
import { SlowJobs } from "./slow-jobs.ts";
import type { WorkCounts } from "./report.ts";

/** All three parameters are needed, because BullMQ gives a signal only to functions that declare it. */
export type Processor = (job: Job, token: string | undefined, signal: AbortSignal | undefined) => Promise<JobResult>;

export interface JobProcessorOptions {
  readonly platform: Platform;
  readonly resolvers: Resolvers;
  readonly stores: LoadStores;
  readonly retry: RetryPolicy;
  readonly deadQueue: Queue;
  readonly retention: Pick<Retention, "came" | "sweep">;
  readonly access: JobAccess;
  readonly signatures: JobSignatures;
  /** With more refused records than this a job fails. Default: any number. */
  readonly deadMax?: DeadMax | undefined;
  readonly counts: WorkCounts;
  /** Fires when the worker is asked to end. */
  readonly stopSignal: AbortSignal;
  /** Fires when the worker's time to end is over. */
  readonly abortSignal: AbortSignal;
  /** Refreshes and loads under way at the same time. */
  readonly slowJobsMax: number;
  readonly onFatal: (error: CoreError) => void;
}

const REFUSALS: ReadonlySet<JobErrorCode> = new Set([
  "JOB_NOT_ALLOWED",
  "JOB_NOT_SIGNED",
  "SIGNATURE_WRONG",
  "SIGNATURE_EXPIRED",
  "CLIENT_NOT_ALLOWED",
]);
const SIGNAL_PARAMETERS = 3;
const PROGRESS_INTERVAL_MS = 1_000;
/** The delay is long enough that this worker does not take the job again itself. */
const RETURN_DELAY_MS = 500;
/** About two hours; after that the job's own attempts count. */
const OUTAGE_STARTS_MAX = 500;
const OUTAGE_BACKOFF: Backoff = { baseMs: 1_000, maxMs: 15_000 };
/** Milliseconds until the next look whether the run under way has ended. */
const STILL_RUNNING_DELAY_MS = 2_000;
/** The maximum of characters, because the server keeps the reason of each failed job. */
const REASON_CHARACTERS_MAX = 2_000;

export function createJobProcessor(options: JobProcessorOptions): Processor {
  const { platform, abortSignal, slowJobsMax } = options;
  const runningJobs = new RunningJobs({ clock: platform.clock, abortSignal });
  const slowJobs = new SlowJobs(slowJobsMax);
  return async (job, token, lockSignal) => {
    if (lockSignal === undefined) throw new TypeError("BullMQ gave the job no signal");
    const running = runningJobs.begin(idOf(job), lockSignal);
    if (running === null) return giveBack(job, token, STILL_RUNNING_DELAY_MS, platform);
    try {
      return await process(job, { token, signal: running.signal, slowJobs }, options);
    } finally {
      running.end();
    }
  };
}

interface Call {
  readonly token: string | undefined;
  /** Fires when the job must not go on. */
  readonly signal: AbortSignal;
  readonly slowJobs: SlowJobs;
}

async function process(job: Job, call: Call, options: JobProcessorOptions): Promise<JobResult> {
  const { counts, platform, retention } = options;
  const { token } = call;
  try {
    const result = await run(job, call, options);
    counts.completed(result);
    return result;
  } catch (error) {
    if (isInterrupted(error, options)) return giveBack(job, token, RETURN_DELAY_MS, platform);
    counts.failed(error instanceof JobError && isRefusal(error) ? error.code : null);
    if (isQueueFull(error) || (isOutage(error) && job.attemptsStarted < OUTAGE_STARTS_MAX)) {
      return giveBack(job, token, outageDelayMs(job, platform), platform);
    }
    // A failed job that is no JSON would keep every client of the library from listing the failed jobs.
    const unreadable = unreadableTextOf(job);
    if (unreadable !== null) await job.updateData({ unreadable });
    if (isOver(job, error)) await forgetNames(job);
    await retention.came("failed", payloadBytesOf(job));
    throw isRetryable(error) ? error : new UnrecoverableError(reasonOf(error).slice(0, REASON_CHARACTERS_MAX));
  }
}

/** Whether the job is not run again. */
function isOver({ attemptsMade, opts }: Job, error: unknown): boolean {
  return !isRetryable(error) || attemptsMade + 1 >= (opts.attempts ?? 1);
}

/** @throws TypeError where a wrapper has hidden the signal's parameter, which BullMQ does not report */
export function assertTakesSignal(processor: Processor): Processor {
  if (processor.length >= SIGNAL_PARAMETERS) return processor;
  throw new TypeError("the job processor must declare its signal, or a job goes on after its lock is lost");
}

async function run(job: Job, { signal, slowJobs }: Call, options: JobProcessorOptions): Promise<JobResult> {
  const { platform, resolvers, stores, retry, stopSignal, onFatal, access, deadMax } = options;
  const { data, sealed } = exactPayloadOf(job);
  const id = idOf(job);
  const sentMs = createdMsOf(job);
  const sent: SentJob = { name: job.name, id, sentMs, sealed };
  const client = checkSignature(sent, options.signatures, () => timeOf(platform));
  const parsed = parseJob(job.name, data);
  checkAccess(access, parsed);
  checkRights(client, parsed, () => personalGroups(platform));
  const isAllowed = (uri: string): boolean => isSourceAllowed(access, uri);
  const more = { isAllowed, ...(deadMax === undefined ? {} : { deadMax }) };
  return processJob(parsed, {
    platform,
    resolvers,
    retry,
    signal,
    stopSignal,
    slowJobs,
    jobId: id,
    createdMs: sentMs,
    deadMax: deadMax ?? null,
    onFatal,
    erase: (request) => eraseByJob(holderOf(job, sent, options), request, platform),
    load: (request) => load({ platform, stores, onProgress: reportsProgress(job, platform), ...more, ...request }),
    async keepDead(group, refused) {
      await keepDead(options, { id, sentMs, name: parsed.name, group }, refused);
    },
  });
}

/** The code is a part of the reason of a job that was refused for whom it comes from. */
function reasonOf(error: unknown): string {
  const message = shownMessage(error);
  return error instanceof JobError && isRefusal(error) ? `${error.code}: ${message}` : message;
}

/** Store and cache are not at fault, nor is the payload: the job must not be done, or not by this worker. */
function isRefusal({ code }: JobError): boolean {
  return REFUSALS.has(code);
}

/** @throws JobError WRITE_FAILED while no server confirms the time: the job goes back to the queue */
function timeOf(platform: Platform): number {
  try {
    return confirmedNowMs(platform);
  } catch (cause) {
    if (!(cause instanceof CoreError)) throw cause;
    throw new JobError("WRITE_FAILED", `the age of the signature is not known: ${cause.message}`, { cause });
  }
}

/** The text that takes the place of a signed payload is signed as well. */
function holderOf(job: Job, sent: SentJob, { signatures }: JobProcessorOptions): Pick<Job, "updateData"> {
  return {
    updateData: (data) => job.updateData(sealAgain(sent, JSON.stringify(data), signatures.known?.keys ?? null) ?? data),
  };
}

/** A job without an id is identified by its time. */
function idOf({ id, name, timestamp }: Job): string {
  return id === undefined || id === "" ? `${name} sent at ${timestamp}` : id;
}

/** Other clients may send a job without a usable time. */
function createdMsOf({ timestamp }: Job): number | null {
  return Number.isSafeInteger(timestamp) && timestamp > 0 ? timestamp : null;
}

function reportsProgress(job: Job, { clock, logger }: Platform): (progress: LoadProgress) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const nowMs = clock.monotonicMs();
    if (nowMs - lastMs < PROGRESS_INTERVAL_MS) return;
    lastMs = nowMs;
    job.updateProgress(progress).catch((error: unknown) => logger.debug({ err: error }, "job progress not told"));
  };
}

/** True for the worker's end. A job whose lock is lost belongs to another worker and cannot be moved. */
function isInterrupted(error: unknown, { stopSignal }: JobProcessorOptions): boolean {
  return error instanceof JobError && error.code === "JOB_ABORTED" && stopSignal.aborted;
}

function isQueueFull(error: unknown): boolean {
  return (error instanceof JobError && error.code === "QUEUE_FULL") || isOutOfMemory(error);
}

/** True where the core's failure may pass by itself, in a write and in an erasure. */
function isOutage(error: unknown): boolean {
  const failure = error instanceof JobError && error.code === "WRITE_FAILED" ? error.cause : error;
  return failure instanceof CoreError && !endsLane(failure);
}

function outageDelayMs({ attemptsStarted }: Job, { random }: Pick<Platform, "random">): number {
  return equalJitterMs(OUTAGE_BACKOFF, attemptsStarted - 1, random);
}

async function giveBack(
  job: Job,
  token: string | undefined,
  delayMs: number,
  { clock, logger }: Pick<Platform, "clock" | "logger">,
): Promise<never> {
  logger.debug({ job: job.id, delayMs }, "job goes back to the queue");
  await job.moveToDelayed(clock.nowMs() + delayMs, token);
  throw new DelayedError();
}
