/**
 * The on-demand lane: runs the jobs of a queue until the signal fires or it
 * cannot go on.
 *
 * At the signal no further job is taken, and loads stop at their next
 * checkpoint. Jobs under way may finish within the drain limit; then their
 * signals fire and they go back to the queue. A process that is killed instead
 * loses its locks, and other processes take its jobs over.
 */
import { type DeadMax, openLoadStores } from "@trilane/batch-loader";
import { isSettledWithin, type Platform, type RetryPolicy } from "@trilane/lane-kit";
import type { Worker, WorkerOptions } from "bullmq";
import { EndingJobs } from "./ending-jobs.ts";
import { ExactWorker, payloadBytesOf } from "./exact-worker.ts";
import { accessDefault, type JobAccess } from "./job-access.ts";
import { assertTakesSignal, createJobProcessor, type Processor } from "./job-processor.ts";
import { type JobResult, resultBytesOf } from "./job-results.ts";
import { openJobSignatures } from "./job-signatures.ts";
import { jobRetryDefaults, type WorkLimits, workLimitsDefaults } from "./limits.ts";
import { PayloadBudget } from "./payload-budget.ts";
import { prefixOf } from "./queue-names.ts";
import type { Resolvers } from "./resolvers.ts";
import { WorkCounts, type WorkReport } from "./report.ts";
import { keepCompleted, keepFailed } from "./send-options.ts";
import { openWorkServer, type WorkServer } from "./work-server.ts";

export interface WorkOptions {
  readonly platform: Platform;
  /** Default: the queue of the table. */
  readonly queue?: string;
  readonly resolvers?: Resolvers;
  /** Ends the run; without it only a failure does. */
  readonly signal?: AbortSignal;
  /** How records whose receipt is `failed` are sent again, within one attempt of a job. */
  readonly retry?: RetryPolicy;
  readonly limits?: Partial<WorkLimits>;
  /** Default: all jobs are run, but `load` has no allowed source. */
  readonly access?: JobAccess;
  /** With more refused records than this a job fails. Default: any number. */
  readonly deadMax?: DeadMax;
  /** Called when the worker begins to take jobs. */
  readonly onReady?: (state: WorkState) => void;
}

export interface WorkState {
  readonly queue: string;
  /** Why the queue takes no further jobs; null while it does. */
  unreadyReason(): string | null;
}

/**
 * Resolves after the signal with the report of this run.
 * @throws SettingsError for wrong files of clients or keys; JobError QUEUE_EVICTS, QUEUE_UNAVAILABLE; CoreError when no job can be written in the present state
 */
export async function work(options: WorkOptions): Promise<WorkReport> {
  const { platform, signal } = options;
  const limits = { ...workLimitsDefaults, ...options.limits };
  const { logger, clock } = platform;
  const ended = Promise.withResolvers<void>();
  // The promise may be rejected before anything waits for it.
  ended.promise.catch(() => undefined);
  const stop = new AbortController();
  const abort = new AbortController();
  const counts = new WorkCounts(platform.metrics);
  const signatures = openJobSignatures(platform);
  const server = await openWorkServer(options);
  const { deadQueue, retention } = server;
  const stores = openLoadStores(platform);
  const ending = new EndingJobs({ clock: platform.clock, waitMs: limits.answersWaitMs });
  const processor = createJobProcessor({
    platform: { ...platform, writer: writerAfterAnswers(platform.writer, ending) },
    resolvers: options.resolvers ?? {},
    stores,
    retry: options.retry ?? jobRetryDefaults,
    deadQueue,
    retention,
    access: options.access ?? accessDefault,
    signatures,
    deadMax: options.deadMax,
    counts,
    stopSignal: stop.signal,
    abortSignal: abort.signal,
    slowJobsMax: limits.slowJobsMax,
    onFatal: ended.reject,
  });
  const running = startWorker({ server, processor, limits, ending });
  signal?.addEventListener("abort", () => ended.resolve());
  if (signal?.aborted === true) ended.resolve();
  try {
    await Promise.race([running.worker.waitUntilReady(), ended.promise]);
    options.onReady?.({ queue: server.queue.name, unreadyReason: () => server.memory.reason });
    await ended.promise;
  } catch (error) {
    logger.error({ report: counts.report() }, "the on-demand lane ends early");
    throw error;
  } finally {
    stop.abort(new Error("the worker stops"));
    await closeWorker(running, { limits, platform, abort });
    await isSettledWithin(server.close(), { clock, limitMs: limits.closeLimitMs });
    stores.close();
    server.connection.disconnect();
  }
  return counts.report();
}

/** Loads do not wait: their calls are large by themselves. */
function writerAfterAnswers(writer: Platform["writer"], ending: EndingJobs): Platform["writer"] {
  return {
    ...writer,
    async writeMany(changes, options) {
      if (options.lane === "on-demand") await ending.allAnswered();
      return writer.writeMany(changes, options);
    },
  };
}

interface RunningWorker {
  readonly worker: Worker;
  /** The number of jobs that are under way now. */
  active(): number;
  /** Resolves as soon as no job is under way. */
  idle(): Promise<void>;
}

function startWorker(options: {
  readonly server: WorkServer;
  readonly processor: Processor;
  readonly limits: WorkLimits;
  readonly ending: EndingJobs;
}): RunningWorker {
  const { server, processor, limits, ending } = options;
  const active = new Set<Promise<unknown>>();
  const payloads = new PayloadBudget(limits);
  const tracked: Processor = (job, token, signal) => {
    const bytes = payloadBytesOf(job);
    worker.concurrency = payloads.began(bytes);
    const run = processor(job, token, signal);
    active.add(run);
    const remove = (): void => {
      active.delete(run);
      ending.ending(job);
      worker.concurrency = payloads.ended(bytes);
    };
    run.then(remove, remove);
    return run;
  };
  const workerOptions: WorkerOptions = {
    connection: server.connection,
    ...prefixOf(server.queue.opts),
    concurrency: limits.jobsMax,
    lockDuration: limits.lockMs,
    stalledInterval: limits.stalledIntervalMs,
    maxStalledCount: limits.stalledMax,
    removeOnComplete: keepCompleted,
    removeOnFail: keepFailed,
  };
  const worker = new ExactWorker(server.queue.name, assertTakesSignal(tracked), workerOptions, ending);
  worker.on("error", (error) => server.warn(error, "worker"));
  worker.on("failed", (job, error) => server.failed(job, error));
  worker.on("completed", ({ id }, result: JobResult) => {
    void server.retention.completed(id ?? "", resultBytesOf(result));
  });
  worker.on("lockRenewalFailed", (ids) => {
    for (const id of ids) worker.cancelJob(id, "the job's lock is lost");
  });
  return {
    worker,
    active: () => active.size,
    async idle() {
      while (active.size > 0) await Promise.allSettled(active);
    },
  };
}

/** BullMQ's own closing has no time limit. A step that takes longer is left alone. */
async function closeWorker(
  { worker, active, idle }: RunningWorker,
  { limits, platform, abort }: ClosingOptions,
): Promise<void> {
  const { clock, logger } = platform;
  const closing = { clock, limitMs: limits.closeLimitMs };
  await isSettledWithin(worker.pause(true), closing);
  await isSettledWithin(idle(), { clock, limitMs: limits.drainLimitMs });
  if (active() > 0) {
    abort.abort(new Error("the worker's time to stop is over"));
    await isSettledWithin(idle(), closing);
  }
  const left = active();
  if (left > 0) logger.warn({ jobs: left }, "jobs did not end; others will take them over");
  await isSettledWithin(worker.close(left > 0), closing);
}

interface ClosingOptions {
  readonly limits: WorkLimits;
  readonly platform: Pick<Platform, "clock" | "logger">;
  /** Fires the signals of the jobs under way. */
  readonly abort: AbortController;
}
