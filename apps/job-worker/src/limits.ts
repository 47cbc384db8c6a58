/** Every bound of the on-demand lane, in one place. */
import { type RetryPolicy, retryDefaults } from "@trilane/write-through";
import { JOBS_MAX_DEFAULT, LOCK_MS_DEFAULT } from "./options.ts";

export interface WorkLimits {
  /** Jobs under way in this process. */
  readonly jobsMax: number;
  /** Refreshes and loads among them that run; the others wait for their turn. */
  readonly slowJobsMax: number;
  /** Bytes of the payloads of the jobs under way; beyond them no further job is taken. */
  readonly payloadsBytesMax: number;
  /** Milliseconds that records wait at most for the answers of the queue's server to ended jobs. */
  readonly answersWaitMs: number;
  /** Milliseconds after which a silent process's job may be taken over. */
  readonly lockMs: number;
  /** Milliseconds between two searches for such jobs. */
  readonly stalledIntervalMs: number;
  /** The maximum of take-overs of one job, after which it fails, because it may be the job that kills its workers. */
  readonly stalledMax: number;
  /** Milliseconds for jobs under way to finish, after the signal. */
  readonly drainLimitMs: number;
  /** Milliseconds for each step of closing, after that. */
  readonly closeLimitMs: number;
}

export const workLimitsDefaults: WorkLimits = {
  jobsMax: JOBS_MAX_DEFAULT,
  slowJobsMax: 16,
  payloadsBytesMax: 16 * 1_024 * 1_024,
  answersWaitMs: 500,
  lockMs: LOCK_MS_DEFAULT,
  stalledIntervalMs: 5_000,
  stalledMax: 5,
  drainLimitMs: 10_000,
  closeLimitMs: 3_000,
};

/**
 * The attempts last a few seconds. After that the job's own attempts continue, and its place is free for other jobs
 * meanwhile.
 */
export const jobRetryDefaults: RetryPolicy = { ...retryDefaults, attemptsMax: 6 };
