/** The on-demand lane: BullMQ jobs to records. */
export type { JobConfig } from "./config.ts";
export type { DeadJobData } from "./dead-letters.ts";
export { JobError, type JobErrorCode } from "./errors.ts";
export { deadQueueOf } from "./send-options.ts";
export {
  enqueue,
  type EnqueuedJob,
  type JobQueue,
  type JobQueueOptions,
  type JobRequest,
  openJobQueue,
} from "./job-queue.ts";
export type { JobReceipt, JobResult, LoadResult, WriteResult } from "./job-results.ts";
export { openQueueConnection } from "./queue-connection.ts";
export type { EntityFields, Resolver, ResolverContext, Resolvers } from "./resolvers.ts";
export { jobLane } from "./run-lane.ts";
export { work, type WorkOptions } from "./lane.ts";
export type { WorkLimits } from "./limits.ts";
export type { WorkReport } from "./report.ts";
