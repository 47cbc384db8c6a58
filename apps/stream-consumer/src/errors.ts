/**
 * The closed list of the errors that end or delay the stream lane. Classify by
 * `code`, never by message.
 */
import { CodedError } from "@trilane/write-through";

const RETRYABLE = {
  /** A binding of a topic is malformed, given twice, or names no feature group. */
  BINDING_INVALID: false,
  /** A bound topic does not exist. */
  TOPIC_MISSING: false,
  /** The brokers could not be reached when the process started. */
  BROKERS_UNAVAILABLE: true,
  /** The brokers and this process do not agree on TLS, certificates or login. */
  BROKERS_REFUSED: false,
  /** The token endpoint did not answer, or not with success. */
  TOKEN_UNAVAILABLE: true,
  /** The token endpoint refused the credentials. */
  TOKEN_REFUSED: false,
  /**
   * The client has given up, and does not start again by itself: it found no coordinator while the broker was away, for
   * instance. What a new start would meet again is found when a lane starts, and has another code.
   */
  CONSUMER_CRASHED: true,
  /** A compressed batch of records cannot be read. */
  BATCH_UNREADABLE: false,
  /** The brokers did not take a heartbeat or a commit, so the partition may be another process's. */
  PARTITION_UNSURE: true,
  /** Records were not acknowledged, but may be later. */
  WRITE_FAILED: true,
  /** Records can never be written in the present state: the table is missing, the cache has wrong settings, ... */
  WRITE_REFUSED: false,
  /** Dead letters were not acknowledged. */
  DEAD_LETTERS_FAILED: true,
  /** Records wait, and nothing has moved for a long time. Another process, or this one after a new start, may go on. */
  STALLED: true,
} as const;

export type StreamErrorCode = keyof typeof RETRYABLE;

export class StreamError extends CodedError<StreamErrorCode> {
  constructor(code: StreamErrorCode, message: string, { cause }: { readonly cause?: unknown } = {}) {
    super(code, message, { retryable: RETRYABLE[code], cause });
  }
}
