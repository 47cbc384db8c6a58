/** The optional fields of a record: its sequence, its subject and its own time to live. */
import { SEQUENCE_MAX } from "@trilane/write-through";
import type { FeatureGroup } from "./define-config.ts";
import type { RecordTtlRule } from "./define-group.ts";
import { dead, type DeadRecord } from "./dead-reasons.ts";
import { shownFieldOf } from "./shown-field.ts";
import { shownValue } from "./shown-value.ts";

const MS_PER_UNIT = { s: 1_000, ms: 1 } as const;

/** The sequence of groups that declare none. */
export const NO_SEQUENCE = 0n;

const SEQUENCE_SHAPE = /^\d{1,19}$/;
/** DynamoDB's limit for a sort key, because an index may use the subject as either part. */
const SUBJECT_BYTES_MAX = 1_024;
const UTF8_BYTES_PER_UNIT_MAX = 3;

/** An integer from 0 to 2^63-1, given as number, bigint or decimal text. */
export function readSequence(field: string, value: unknown): bigint | DeadRecord {
  const sequence = toSequence(value);
  if (sequence !== null && sequence >= 0n && sequence <= SEQUENCE_MAX) return sequence;
  return dead(
    "invalid-sequence",
    `"${field}" is ${shownValue(value)}; expected an integer from 0 to ${SEQUENCE_MAX} ` +
      "as a number that is exact, a bigint or decimal text",
  );
}

function toSequence(value: unknown): bigint | null {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : null;
  return typeof value === "string" && SEQUENCE_SHAPE.test(value) ? BigInt(value) : null;
}

/** The subject: text as it is, integers in decimal; null where the group has none. Without a subject a record could never be found for erasure. */
export function readSubject(
  group: FeatureGroup,
  fields: Readonly<Record<string, unknown>>,
): string | null | DeadRecord {
  const field = group.subject;
  if (field === null) return null;
  const value = fields[field];
  const shown = (): string => shownFieldOf(group, field, value);
  const subject = toSubject(value);
  if (subject === null || subject === "" || !subject.isWellFormed()) {
    return dead("invalid-subject", `"${field}" is ${shown()}; expected text or an integer, never empty`);
  }
  if (subject.length * UTF8_BYTES_PER_UNIT_MAX > SUBJECT_BYTES_MAX && Buffer.byteLength(subject) > SUBJECT_BYTES_MAX) {
    return dead("invalid-subject", `"${field}" is ${shown()}; at most ${SUBJECT_BYTES_MAX} bytes fit`);
  }
  return subject;
}

function toSubject(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return String(value);
  return null;
}

/** Milliseconds; null where the record has no ttl of its own, or not a shorter one than its group. */
export function readRecordTtl(
  { field, unit }: RecordTtlRule,
  value: unknown,
  groupTtlMs: number,
): number | null | DeadRecord {
  if (value === undefined || value === null) return null;
  const count = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  const number = typeof count === "bigint" ? Number(count) : count;
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 1) {
    return dead(
      "invalid-ttl",
      `"${field}" is ${shownValue(value)}; expected a whole number of ${unit}, 1 or more, or nothing`,
    );
  }
  const ttlMs = number * MS_PER_UNIT[unit];
  return ttlMs < groupTtlMs ? ttlMs : null;
}
