/**
 * The closed list of what can go wrong in the core. Classify by `code`, never
 * by message.
 */
import { CodedError } from "./coded-error.ts";

/** Every code, with whether the same call may succeed later. */
const RETRYABLE = {
  /** The cache gave no answer in time, could not be reached, or takes no commands now. Its outcome is unknown. */
  CACHE_UNAVAILABLE: true,
  /** The cache was heard of, but not this command's answer in time: a large value, a narrow link, a busy server. */
  CACHE_SLOW: true,
  /** The cache was heard of, but this process stood still for longer than a command may take. */
  PROCESS_STALLED: true,
  /** The cache is not the one that this epoch began with: flushed, restarted, replaced or demoted. */
  CACHE_LOST: true,
  /** The cache has the guard of the epoch that was to begin, or of a later one: the record in the store went back. */
  CACHE_EPOCH_TAKEN: true,
  /** The cache epoch of the cache changed again and again during one call. */
  CACHE_EPOCH_UNSETTLED: true,
  /** The cache refused for lack of memory. */
  CACHE_FULL: true,
  /** What the cache holds under a key, or answers for it, is not of ours. The next read or write of the key heals it. */
  CACHE_CORRUPT: true,
  /** The cache's settings would break the protocol. */
  CACHE_MISCONFIGURED: false,
  /** The table's cache is another one than this process's. */
  CACHE_FOREIGN: false,
  /** The store gave no answer in time, or could not be reached. Its outcome is unknown. */
  STORE_UNAVAILABLE: true,
  /** The store asked for less. */
  STORE_THROTTLED: true,
  /** The store refused the request itself: a missing table, denied access, a malformed item. */
  STORE_REJECTED: false,
  /** What the store holds under a key is not a record of ours. */
  STORE_CORRUPT: false,
  /** The table's records were written by a version of the program that made other versions of them. */
  STORE_OTHER_FORMAT: false,
  /** The table has other keys, another index or expiry, or holds another program's items. */
  STORE_OTHER_TABLE: false,
  /** No server confirms the time of day: this machine's clock is wrong, or the store was not heard for long. */
  CLOCK_UNCONFIRMED: true,
  /** The caller's signal fired before the record was sent. */
  ABORTED: true,
  /** The writer or reader is shut. */
  CLOSED: false,
} as const;

export type ErrorCode = keyof typeof RETRYABLE;

export interface CoreErrorOptions {
  readonly cause?: unknown;
  /** Facts for logs: keys, limits, addresses. Never payloads. */
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}

export class CoreError extends CodedError<ErrorCode> {
  readonly fields: Readonly<Record<string, string | number | boolean>>;

  constructor(code: ErrorCode, message: string, { cause, fields = {} }: CoreErrorOptions = {}) {
    super(code, message, { retryable: RETRYABLE[code], cause });
    this.fields = fields;
  }
}
