/** The on-demand lane: BullMQ jobs to records. */
export { readWorkerConfig, type WorkerConfig, workerUsage } from "./config.ts";
export { DEAD_JOB_NAME, type DeadJobData } from "./dead-letters.ts";
export { JobError, type JobErrorCode } from "./errors.ts";
export { deadQueueOf, QUEUE_NAME_DEFAULT } from "./job-options.ts";
export { type JobData, type JobName, jobNames, JOB_RECORDS_MAX, type ParsedJob, parseJob } from "./decode.ts";
export {
  enqueue,
  type EnqueuedJob,
  type JobQueue,
  type JobQueueOptions,
  type JobRequest,
  openJobQueue,
} from "./job-queue.ts";
export type { JobReceipt, JobResult, LoadResult, WriteResult } from "./job-results.ts";
export { openQueueConnection, type QueueClientOptions, queueClientOptions } from "./queue-connection.ts";
export { type EntityFields, loadResolvers, type Resolver, type ResolverContext, type Resolvers } from "./resolvers.ts";
export { runJobLane } from "./run-lane.ts";
export { work, type WorkLimits, workLimitsDefaults, type WorkOptions } from "./lane.ts";
export type { WorkReport } from "./report.ts";
