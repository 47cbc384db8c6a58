/** The on-demand lane: BullMQ jobs to records. */
export type { JobConfig } from "./config.ts";
export { DEAD_JOB_NAME, type DeadJobData } from "./dead-letters.ts";
export { JobError, type JobErrorCode } from "./errors.ts";
export { deadQueueOf } from "./job-options.ts";
export { QUEUE_NAME_DEFAULT } from "./options.ts";
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
export { jobLane } from "./run-lane.ts";
export { work, type WorkOptions } from "./lane.ts";
export { type WorkLimits, workLimitsDefaults } from "./limits.ts";
export type { WorkReport } from "./report.ts";
