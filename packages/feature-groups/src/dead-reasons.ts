/**
 * The reasons for which a record is refused for good. The list is closed, and a
 * reason is never renamed, because dashboards and dead-letter tools group by
 * it. The detail beside it is for people and may change.
 */

import type { RecordOwner } from "@trilane/write-through";

/** Every reason with its meaning. */
export const DEAD_REASONS = {
  "unknown-group": "no feature group of this name is defined",
  "not-an-object": "the record is not an object with fields",
  "missing-key-field": "a key field is absent or null",
  "invalid-key-field": "a key field is empty, not well-formed, or neither text, integer nor boolean",
  "key-too-long": "the encoded key is longer than the store allows",
  "missing-event-time": "the event time is absent, and its source gave none",
  "invalid-event-time": "the event time does not have the declared form, or does not exist",
  "event-time-in-future": "the event time is further ahead than the allowed skew: it would block its key",
  "event-time-before-1970": "the event time is before 1970",
  "invalid-sequence": "the sequence is absent or not an integer from 0 to 2^63-1",
  "invalid-subject": "the subject is absent, empty, too long, or neither text nor integer",
  "invalid-ttl": "the record's own time to live is neither absent nor a positive number of its unit",
  "invalid-features": "the features do not satisfy the group's schema, or cannot be encoded",
  "oversized-record": "the encoded features are larger than the store allows",
  "foreign-item": "the store holds another program's item under the key; the core says so",
} as const;

/** The one reason that encoding finds, and so it is decided for records that win. */
export const OVERSIZED = "oversized-record" satisfies DeadReason;

export type DeadReason = keyof typeof DEAD_REASONS;

/** A record that is refused for good, with the field, its value and the remedy in `detail`. */
export interface DeadRecord {
  readonly kind: "dead";
  readonly reason: DeadReason;
  readonly detail: string;
  /** Absent where it cannot be read from the record. */
  readonly owner?: RecordOwner;
}

export function dead(reason: DeadReason, detail: string): DeadRecord {
  return { kind: "dead", reason, detail };
}
