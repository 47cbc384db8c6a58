/**
 * The closed list of this package's errors. Bad records are not among them,
 * because they are outcomes (see `dead-reasons.ts`). Classify by `code`, never
 * by message. None of these calls succeeds by being repeated.
 */
import { CodedError } from "@trilane/write-through";

export type FeatureGroupErrorCode =
  /** No configuration file was found. */
  | "CONFIG_NOT_FOUND"
  /** The configuration file could not be imported; `cause` says why. */
  | "CONFIG_UNREADABLE"
  /** The configuration file exports nothing made by `defineConfig`, or defines no group. */
  | "CONFIG_INVALID"
  /** A group's name is not lower-case letters, digits and hyphens. */
  | "INVALID_GROUP_NAME"
  /** A group's key names no field, an empty one, or one twice. */
  | "INVALID_KEY_FIELDS"
  /** A group's event time is neither a field with a unit nor the source's. */
  | "INVALID_EVENT_TIME_RULE"
  /** A time to live is not a positive number of milliseconds, or a tombstone's is the shorter one. */
  | "INVALID_TTL"
  /** A group's schema is not a Standard Schema. */
  | "INVALID_SCHEMA"
  /** Any other option of a group that is unknown or outside its range. */
  | "INVALID_OPTION"
  /** A group's schema answers with a promise; validation is synchronous. */
  | "ASYNC_SCHEMA"
  /** No group of this name is defined. */
  | "UNKNOWN_GROUP"
  /** The key fields of a read, or an encoded key, cannot be a key. */
  | "INVALID_KEY"
  /** Features cannot be encoded. */
  | "INVALID_FEATURES"
  /** A stored payload does not decode, or is not the one that its version names. */
  | "CORRUPT_RECORD"
  /** Today's schema refuses a record of an older schema version. */
  | "INCOMPATIBLE_RECORD"
  /** The core returned another number of results than of requests. */
  | "CORE_CONTRACT";

export interface FeatureGroupErrorOptions {
  readonly cause?: unknown;
  /** Facts for logs: groups, fields, paths. Never features. */
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}

/** None of them passes by itself: the caller must change something. */
export class FeatureGroupError extends CodedError<FeatureGroupErrorCode> {
  readonly fields: Readonly<Record<string, string | number | boolean>>;

  constructor(code: FeatureGroupErrorCode, message: string, { cause, fields = {} }: FeatureGroupErrorOptions = {}) {
    super(code, message, { retryable: false, cause });
    this.fields = fields;
  }
}
