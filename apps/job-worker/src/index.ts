/** The on-demand lane: BullMQ jobs to records. */
export { JobError } from "./errors.ts";
export { deadQueueOf, queueOfTable } from "./queue-names.ts";
export { enqueue, type EnqueuedJob, type JobQueue, type JobRequest, openJobQueue } from "./job-queue.ts";
export type { JobResult, WriteResult } from "./job-results.ts";
export { memoryStateOf, memoryText, queueMemoryOf } from "./queue-memory.ts";
export { openQueueConnection } from "./queue-connection.ts";
export type { Resolvers } from "./resolvers.ts";
export { jobLane } from "./run-lane.ts";
export { work, type WorkOptions } from "./lane.ts";
export type { WorkReport } from "./report.ts";
export { type ErasedJobs, eraseFromQueue } from "./erase-jobs.ts";
export { eraseFromQueueOf } from "./erase-queue.ts";
