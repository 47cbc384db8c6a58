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
  /** Milliseconds in which a request must have arrived. */
  readonly requestMs: number;
}

export const apiLimitsDefaults: ApiLimits = {
  bodyBytesMax: 1_048_576,
  keysMax: 1_000,
  groupsMax: 32,
  requestsMax: 1_000,
  requestMs: 10_000,
};
