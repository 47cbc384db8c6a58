/** The closed list of what ends or delays the stream lane. Classify by `code`, never by message. */

const RETRYABLE = {
  /** A setting is wrong: a `--topic` binding is malformed, given twice, or names no feature group. */
  BINDING_INVALID: false,
  /** A bound topic does not exist. */
  TOPIC_MISSING: false,
  /** The brokers could not be reached when the process started. */
  BROKERS_UNAVAILABLE: true,
  /** The client gave up; it does not start again by itself. */
  CONSUMER_CRASHED: false,
  /** A compressed batch of records cannot be read. */
  BATCH_UNREADABLE: false,
  /** Records were not acknowledged and may be later. */
  WRITE_FAILED: true,
  /** Records can never be written as things are: the table is missing, the cache was lost, ... */
  WRITE_REFUSED: false,
  /** Dead letters were not acknowledged. */
  DEAD_LETTERS_FAILED: true,
  /** Records wait and nothing moved for a long time: another process, or this one started again, may go on. */
  STALLED: true,
} as const;

export type StreamErrorCode = keyof typeof RETRYABLE;

export class StreamError extends Error {
  readonly code: StreamErrorCode;
  readonly retryable: boolean;

  constructor(code: StreamErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "StreamError";
    this.code = code;
    this.retryable = RETRYABLE[code];
  }
}
