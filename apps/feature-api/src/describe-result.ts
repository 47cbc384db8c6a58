/**
 * The result of a read as the API answers it: the features with their version,
 * event time, age and source, or the reason why there are none. Single, batch
 * and vector reads have the same shape; `status` distinguishes the cases.
 */
import {
  type FeatureResult,
  formatTimeMs,
  formatTimeUs,
  jsonSafe,
  TOMBSTONE_CONTENT_HASH,
} from "@trilane/feature-groups";
import {
  CoreError,
  type ErrorCode,
  eventTimeUsOf,
  NO_VERSION,
  parseVersion,
  type ReadSource,
  type Version,
} from "@trilane/write-through";

export type FieldValues = Readonly<Record<string, unknown>>;

/**
 * - `not-written`: the store has no record: it was never written, or expired so long ago that it was removed;
 * - `deleted`: the newest version is a delete;
 * - `expired`: the record's time to live is over.
 */
export type AbsentReason = "not-written" | "deleted" | "expired";

export interface Asked {
  readonly group: string;
  /** The key fields as they were asked for. */
  readonly key: FieldValues;
}

export type FeatureAnswer = Asked &
  (
    | {
        readonly status: "found";
        readonly features: FieldValues;
        readonly version: Version;
        /** ISO 8601, to the microsecond. */
        readonly eventTime: string;
        readonly expiresAt: string;
        /** Milliseconds from the event time to this answer. */
        readonly ageMs: number;
        readonly source: ReadSource;
      }
    | {
        readonly status: "absent";
        readonly reason: AbsentReason;
        readonly message: string;
        /** Null for `not-written`; otherwise the version of the delete or of the expired record. */
        readonly version: Version | null;
        readonly eventTime: string | null;
        readonly source: ReadSource;
      }
    /** The request is wrong; the same request is refused again. */
    | { readonly status: "refused"; readonly code: string; readonly message: string }
    /** Nothing is known of the record: the store or the cache could not answer, or the value is damaged. */
    | {
        readonly status: "failed";
        readonly code: string;
        readonly message: string;
        readonly retryable: boolean;
        /** `dependency`: store or cache; `record`: the record itself. */
        readonly cause: "dependency" | "record";
      }
  );

const ABSENT_MESSAGE: Readonly<Record<AbsentReason, string>> = {
  "not-written": "no record: never written, or expired and removed since",
  deleted: "deleted",
  expired: "expired: its time to live is over",
};

/** Messages about the store or the cache without its addresses and keys, which only the logs have. */
const FAILED_MESSAGE: Readonly<Record<ErrorCode, string>> = {
  CACHE_UNAVAILABLE: "the cache does not answer; try again",
  CACHE_SLOW: "the cache did not answer in time",
  PROCESS_STALLED: "this process stood still; try again",
  CACHE_LOST: "the cache was emptied or replaced, and a new epoch is about to begin; try again",
  CACHE_EPOCH_TAKEN: "the cache is from before the table was restored; try again",
  CACHE_EPOCH_UNSETTLED: "the cache is being switched off and on; try again",
  CACHE_FULL: "the cache has no memory left; try again",
  CACHE_CORRUPT: "what the cache holds for this key is not an entry of ours",
  CACHE_MISCONFIGURED: "the cache's settings would break consistency",
  CACHE_FOREIGN: "this process has another cache than the table; see the logs",
  STORE_UNAVAILABLE: "the store does not answer; try again",
  STORE_THROTTLED: "the store asks for fewer requests; try again later",
  STORE_REJECTED: "the store refused the request; see the logs",
  STORE_CORRUPT: "what the store holds for this key is not a record of ours",
  STORE_OTHER_FORMAT: "the store's records are of another version of the program; see the logs",
  STORE_OTHER_TABLE: "the store's table is not one of ours; see the logs",
  ERASURES_LOST: "the store's list of erasures is incomplete; see the logs",
  ERASURE_UNSETTLED: "persons are being erased; try again",
  SUBJECT_KEY_OTHER: "this process has another key for subjects than the table; see the logs",
  GROUP_KEYS_OTHER: "this process stores the keys of a group otherwise than the table; see the logs",
  CLOCK_UNCONFIRMED: "this machine's clock is wrong, or the store was not heard for long; try another",
  ABORTED: "the read was given up; try again",
  CLOSED: "this process is shutting down; try another",
};

export function describeResult(asked: Asked, result: FeatureResult, nowMs: number): FeatureAnswer {
  switch (result.kind) {
    case "found": {
      const { features, version, eventTimeUs, expiresAtMs, source } = result.record;
      return {
        ...asked,
        status: "found",
        features: jsonSafe(features) as FieldValues,
        version,
        eventTime: formatTimeUs(eventTimeUs),
        expiresAt: formatExpiry(expiresAtMs),
        ageMs: ageMsOf(eventTimeUs, nowMs),
        source,
      };
    }
    case "absent":
      return describeAbsent(asked, result.version, result.source);
    case "refused":
      return { ...asked, status: "refused", code: result.error.code, message: result.error.message };
    case "failed":
      return describeFailure(asked, result.error);
  }
}

/** Milliseconds; negative for an event time that is ahead of this clock. */
export function ageMsOf(eventTimeUs: number, nowMs: number): number {
  return nowMs - Math.ceil(eventTimeUs / 1_000);
}

/** The year may be beyond 9999, which ISO 8601 writes with a sign. */
export function formatExpiry(expiresAtMs: number): string {
  return formatTimeMs(expiresAtMs);
}

export function absentReason(version: Version): AbsentReason {
  if (version === NO_VERSION) return "not-written";
  return parseVersion(version).contentHash === TOMBSTONE_CONTENT_HASH ? "deleted" : "expired";
}

function describeAbsent(asked: Asked, version: Version, source: ReadSource): FeatureAnswer {
  const reason = absentReason(version);
  const isWritten = reason !== "not-written";
  return {
    ...asked,
    status: "absent",
    reason,
    message: ABSENT_MESSAGE[reason],
    version: isWritten ? version : null,
    eventTime: isWritten ? formatTimeUs(eventTimeUsOf(version)) : null,
    source,
  };
}

function describeFailure(asked: Asked, error: Extract<FeatureResult, { kind: "failed" }>["error"]): FeatureAnswer {
  const { code, retryable } = error;
  if (error instanceof CoreError) {
    return { ...asked, status: "failed", code, message: FAILED_MESSAGE[error.code], retryable, cause: "dependency" };
  }
  return { ...asked, status: "failed", code, message: error.message, retryable, cause: "record" };
}
