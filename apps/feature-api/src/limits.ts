/**
 * Every bound of one API process. A request beyond a bound is refused, never
 * queued without end.
 */

export interface ApiLimits {
  /** Bytes of a request's body. */
  readonly bodyBytesMax: number;
  /** Keys of one batch read. */
  readonly keysMax: number;
  /** Groups of one vector read. */
  readonly groupsMax: number;
  /** Requests under way at once; the next ones get 503 until some are answered. */
  readonly requestsMax: number;
  /** Bytes of the bodies of all requests under way. */
  readonly bodiesBytesMax: number;
  /** Milliseconds in which a request must have arrived. */
  readonly requestMs: number;
  /** Bytes of one answer. */
  readonly answerBytesMax: number;
  /** Bytes of all answers that are read or sent at once; the process needs about four times as much memory. */
  readonly answersBytesMax: number;
  /** Milliseconds that a request waits for its share of them; then it gets 503. */
  readonly waitMs: number;
  /** Milliseconds in which a client takes no byte, after which its connection is given up. */
  readonly idleMs: number;
}

const MIB = 1_048_576;

export const apiLimitsDefaults: ApiLimits = {
  bodyBytesMax: MIB,
  keysMax: 1_000,
  groupsMax: 32,
  requestsMax: 1_000,
  bodiesBytesMax: 64 * MIB,
  requestMs: 10_000,
  answerBytesMax: 16 * MIB,
  answersBytesMax: 64 * MIB,
  waitMs: 5_000,
  idleMs: 30_000,
};
