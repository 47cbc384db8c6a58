/** How the lane reads and runs one job, for programs that test it with generated input. */
export { parseJob, readPayload } from "./decode.ts";
export { JobError } from "./errors.ts";
export type { JobReceipt } from "./job-results.ts";
export { type JobContext, processJob } from "./process-job.ts";
export { SlowJobs } from "./slow-jobs.ts";
