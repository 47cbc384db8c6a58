/** The closed list of all errors of the core. Classify by `code`, never by message. */
import { CodedError } from "./coded-error.ts";

/** Every code, and whether the same call may succeed later. */
const RETRYABLE = {
  /** The cache gave no answer in time, could not be reached, or takes no commands now. Its outcome is unknown. */
  CACHE_UNAVAILABLE: true,
  /**
   * Some bytes came from the cache, but not this command's answer in time: a large value, a narrow link or a busy
   * server.
   */
  CACHE_SLOW: true,
  /** Some bytes came from the cache, but this process stood still for longer than a command may take. */
  PROCESS_STALLED: true,
  /** The cache is not the one that this epoch began with: flushed, restarted, replaced or demoted. */
  CACHE_LOST: true,
  /** The cache has the guard of the epoch that was to begin, or of a later one: the record in the store went back. */
  CACHE_EPOCH_TAKEN: true,
  /** The cache epoch changed again and again during one call. */
  CACHE_EPOCH_UNSETTLED: true,
  /** The cache refused the command because it has no memory left. */
  CACHE_FULL: true,
  /**
   * The value under a key of the cache, or the cache's answer for it, is not ours. The next read or write of the key
   * heals it.
   */
  CACHE_CORRUPT: true,
  /** The protocol cannot work with the cache's settings. */
  CACHE_MISCONFIGURED: false,
  /** The table's cache is another one than the cache of this process. */
  CACHE_FOREIGN: false,
  /** The store gave no answer in time, or could not be reached. Its outcome is unknown. */
  STORE_UNAVAILABLE: true,
  /** The store asked for fewer calls. */
  STORE_THROTTLED: true,
  /** The store refused the request itself: the table is missing, access is denied, or an item is malformed. */
  STORE_REJECTED: false,
  /** The item under a key of the store is not one of our records. */
  STORE_CORRUPT: false,
  /** The table's records have versions of another format: another version of this program wrote them. */
  STORE_OTHER_FORMAT: false,
  /** The table has other keys, another index or expiry, or holds another program's items. */
  STORE_OTHER_TABLE: false,
  /** The table's list of erasures is behind what is known of it: the table was restored, or items were removed. */
  ERASURES_LOST: false,
  /** Whether an erasure is in force changed again and again during one read. */
  ERASURE_UNSETTLED: true,
  /** The digests of the table's subjects are made with another key than this process's. */
  SUBJECT_KEY_OTHER: false,
  /** The keys of a group are stored in another form than this process's configuration says. */
  GROUP_KEYS_OTHER: false,
  /** No server confirms the time of day: this machine's clock is wrong, or the store has not answered for long. */
  CLOCK_UNCONFIRMED: true,
  /** The caller's signal fired before the record was sent. */
  ABORTED: true,
  /** The writer or reader is closed. */
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
