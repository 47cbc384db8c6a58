/**
 * The closed list of the errors of jobs and their queue. Classify by `code`,
 * never by message.
 */
import { CodedError } from "@trilane/write-through";

const RETRYABLE = {
  /** A payload does not have the form of its job. */
  INVALID_JOB: false,
  /** The worker does not run jobs of this kind, or loads nothing from that address. */
  JOB_NOT_ALLOWED: false,
  /** The worker runs signed jobs alone. */
  JOB_NOT_SIGNED: false,
  /** No key of the client made the signature, or it is for another job, time or payload. */
  SIGNATURE_WRONG: false,
  /** The job was signed too long ago. */
  SIGNATURE_EXPIRED: false,
  /** The client has no right to have this done with this group. */
  CLIENT_NOT_ALLOWED: false,
  /** More records of a job were refused than allowed; the good ones are written. */
  RECORDS_REFUSED: false,
  /** A group has no resolver, or a resolver answered for another entity. */
  INVALID_RESOLVER: false,
  /** The module of the resolvers is wrong, or does not exist. */
  INVALID_SETTING: false,
  /** The queue's server may remove jobs when its memory is full. */
  QUEUE_EVICTS: false,
  /** The queue's server has no memory for another job; workers free memory by and by. */
  QUEUE_FULL: true,
  /** The queue's server and this process do not agree on TLS, certificates or login. */
  QUEUE_REFUSED: false,
  /** The queue's server gives no answer. */
  QUEUE_UNAVAILABLE: true,
  /** Records were not acknowledged; the job runs again. */
  WRITE_FAILED: true,
  /** The worker lost the job's lock, or shuts down; the job runs again. */
  JOB_ABORTED: true,
  /** The job failed for good; it is kept in the queue's failed jobs with its reason. */
  JOB_FAILED: false,
  /** The caller's time was over; the job is still queued and will run. */
  WAIT_TIMEOUT: true,
} as const;

export type JobErrorCode = keyof typeof RETRYABLE;

export class JobError extends CodedError<JobErrorCode> {
  constructor(code: JobErrorCode, message: string, { cause }: { readonly cause?: unknown } = {}) {
    super(code, message, { retryable: RETRYABLE[code], cause });
  }
}
