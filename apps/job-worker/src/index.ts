/** The on-demand lane: BullMQ jobs to records. */
export { JobError } from "./errors.ts";
export { deadQueueOf } from "./send-options.ts";
export { enqueue, type JobQueue, openJobQueue } from "./job-queue.ts";
export type { JobResult, WriteResult } from "./job-results.ts";
export { openQueueConnection } from "./queue-connection.ts";
export type { Resolvers } from "./resolvers.ts";
export { jobLane } from "./run-lane.ts";
export type { JobAccess } from "./job-access.ts";
export { work, type WorkOptions, type WorkState } from "./lane.ts";
export type { WorkReport } from "./report.ts";
