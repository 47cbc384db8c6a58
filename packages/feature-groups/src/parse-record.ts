/**
 * Makes the core's records from decoded input: key, version, payload and
 * expiry, or the reason why the input is refused. It is pure: the present time
 * is passed in, and the same input gives the same version in every process and
 * on every replay.
 *
 * Bad input is an outcome, never an exception. The one exception is a schema
 * that answers with a promise, which is a fault of the configuration.
 *
 * Cheap checks come first. A record that is both invalid and expired is dead,
 * so that a source which sends invalid records is noticed.
 */
import {
  type Lane,
  makeVersion,
  NO_PLACE,
  PAYLOAD_BYTES_MAX,
  type RecordOwner,
  type SubjectDigest,
  tombstoneVersionOf,
  type Version,
  type WriteRecord,
} from "@trilane/write-through";
import { dead, type DeadRecord, OVERSIZED } from "./dead-reasons.ts";
import { type FeatureConfig, type FeatureGroup, unknownGroupMessage } from "./define-config.ts";
import { readKey } from "./entity-key.ts";
import { FeatureGroupError } from "./errors.ts";
import { checkSourceTime, readEventTime } from "./event-time.ts";
import { validateFeatures } from "./features-schema.ts";
import { contentHash, encodePayload, type PayloadHeader, TOMBSTONE_CONTENT_HASH } from "./payload.ts";
import type { Place } from "./place.ts";
import { NO_SEQUENCE, readRecordTtl, readSequence, readSubject } from "./record-fields.ts";
import type { ScannedRank } from "./rank.ts";
import type { JsonScan } from "./scan-json.ts";
import { shownValue } from "./shown-value.ts";
import { plainSubjectDigests, type SubjectDigests } from "./subject-digest.ts";

export interface ParseContext {
  readonly lane: Lane;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /**
   * Microseconds since 1970 from the record's source, which a replay supplies again: the object's last change, the
   * message's timestamp, the job's creation. It is the event time of groups without a field for it, and of deletes that
   * name none.
   */
  readonly sourceTimeUs?: number | undefined;
  /** The record's place in its source. A record without one is below all others of its event time and lane. */
  readonly place?: Place | undefined;
  /** Makes the digests of subjects and of keys. Default: without a key. */
  readonly subjects?: SubjectDigests | undefined;
}

export type ParsedRecord =
  | { readonly kind: "record"; readonly record: WriteRecord }
  /**
   * The record's time to live was over before it arrived. `mark` is what the store must know of it all the same: its
   * own ttl is over and its group's is not, so an older record of the key may still come, and must not be seen again.
   */
  | { readonly kind: "expired"; readonly key: string; readonly version: Version; readonly mark: WriteRecord | null }
  | DeadRecord;

/**
 * One put or delete of a group that is only known by name. A lane may decode the input each time that it is asked for:
 * that is once, and once more for the version of a record that has lost.
 */
export interface FeatureChange {
  readonly kind: "put" | "delete";
  readonly group: string;
  /** A `RefusedInput` where the lane could not decode it. */
  readonly input: unknown;
  /** Takes precedence over the context's, for lanes whose records each have their own. */
  readonly sourceTimeUs?: number | undefined;
  /** Takes precedence too. A lane gives every change its place, and the same place when it sends the change again. */
  readonly place?: Place | undefined;
  /**
   * Gives the bytes of the input's JSON to the scan, and says whether it has read them; false where the lane has no such
   * bytes. They do not change until the call with the change is over.
   */
  scan?(scan: JsonScan): boolean;
  /**
   * The rank that `RankScan` has read from the bytes of the input, where the lane has asked it for one; null where it
   * could not tell.
   */
  readonly scanned?: ScannedRank | null | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** The common values of a put and a delete once the version's parts are known. */
interface Parts {
  readonly key: string;
  readonly eventTimeUs: number;
  readonly sequence: bigint;
  readonly contentHash: string;
  readonly payload: Uint8Array | null;
  readonly ttlMs: number;
  /** The record's own, where it has a shorter one. */
  readonly ownTtlMs: number | null;
  readonly subject: SubjectDigest | null;
}

const US_PER_MS = 1_000;

/** Parses a put or a delete of a group by name; an undefined name makes a dead record. */
export function parseChange(config: FeatureConfig, change: FeatureChange, context: ParseContext): ParsedRecord {
  // The change was decoded from outside, so its name may be any value.
  const group = typeof change.group === "string" ? config.groups[change.group] : undefined;
  if (group === undefined) return dead("unknown-group", unknownGroupMessage(config, change.group));
  const { sourceTimeUs = context.sourceTimeUs, place = context.place } = change;
  const isOwn = sourceTimeUs !== context.sourceTimeUs || place !== context.place;
  const own = isOwn ? { ...context, sourceTimeUs, place } : context;
  return change.kind === "put" ? parseRecord(group, change.input, own) : parseDelete(group, change.input, own);
}

/**
 * Parses a record of a group.
 * @throws FeatureGroupError ASYNC_SCHEMA only; every fault of `input` is an outcome
 */
export function parseRecord(group: FeatureGroup, input: unknown, context: ParseContext): ParsedRecord {
  const parsed = parsePut(group, input, context);
  if (parsed.kind !== "dead" || !isFields(input)) return parsed;
  const owner = ownerOf(group, input, context);
  return owner === null ? parsed : { ...parsed, owner };
}

/** Whose record it is, even where the record is refused. */
export function ownerOf(group: FeatureGroup, input: Fields, context: ParseContext): RecordOwner | null {
  const person = readSubject(group, input);
  if (typeof person !== "string") return null;
  const { subjects = plainSubjectDigests } = context;
  const eventTimeUs = recordTime(group, input, context);
  const knownUs = typeof eventTimeUs === "number" ? eventTimeUs : null;
  return { subject: subjects.recordDigestOf(person, knownUs ?? 0), eventTimeUs: knownUs };
}

function parsePut(group: FeatureGroup, input: unknown, context: ParseContext): ParsedRecord {
  if (!isFields(input)) return notAnObject(input);
  const eventTimeUs = recordTime(group, input, context);
  if (typeof eventTimeUs !== "number") return eventTimeUs;
  const key = readKey(group, input, context.subjects ?? plainSubjectDigests);
  if (typeof key !== "string") return key;
  const sequence = group.sequence === null ? NO_SEQUENCE : readSequence(group.sequence, input[group.sequence]);
  if (typeof sequence !== "bigint") return sequence;
  const person = readSubject(group, input);
  if (person !== null && typeof person !== "string") return person;
  const { recordTtl } = group;
  const ownTtlMs = recordTtl === null ? null : readRecordTtl(recordTtl, input[recordTtl.field], group.ttlMs);
  if (ownTtlMs !== null && typeof ownTtlMs !== "number") return ownTtlMs;
  const { subjects = plainSubjectDigests } = context;
  const subject = person === null ? null : subjects.recordDigestOf(person, eventTimeUs);
  const payload = readPayload(group, input, { subjectDigest: subject, ttlMs: ownTtlMs });
  if ("kind" in payload) return payload;
  const hash = contentHash(payload);
  return finish(group, context, {
    key,
    eventTimeUs,
    sequence,
    contentHash: hash,
    payload,
    ttlMs: group.ttlMs,
    ownTtlMs,
    subject,
  });
}

/**
 * Parses a delete: the key fields and, where the source has them, event time and sequence.
 *
 * Its event time is the field's, otherwise the source's; only an on-demand delete that has neither means "now". A
 * tombstone keeps no subject: it holds nothing of the person any more.
 */
export function parseDelete(group: FeatureGroup, input: unknown, context: ParseContext): ParsedRecord {
  if (!isFields(input)) return notAnObject(input);
  const eventTimeUs = deleteTime(group, input, context);
  if (typeof eventTimeUs !== "number") return eventTimeUs;
  const key = readKey(group, input, context.subjects ?? plainSubjectDigests);
  if (typeof key !== "string") return key;
  const sequence = deleteSequence(group, input);
  if (typeof sequence !== "bigint") return sequence;
  return finish(group, context, {
    key,
    eventTimeUs,
    sequence,
    contentHash: TOMBSTONE_CONTENT_HASH,
    payload: null,
    ttlMs: group.tombstoneTtlMs,
    ownTtlMs: null,
    subject: null,
  });
}

function finish(group: FeatureGroup, context: ParseContext, parts: Parts): ParsedRecord {
  const { key, eventTimeUs, sequence, payload, subject } = parts;
  const { lane, place = NO_PLACE } = context;
  const { schemaVersion } = group;
  const version = makeVersion({ eventTimeUs, sequence, lane, place, schemaVersion, contentHash: parts.contentHash });
  const eventTimeMs = Math.floor(eventTimeUs / US_PER_MS);
  if (eventTimeMs + parts.ttlMs <= context.nowMs) return { kind: "expired", key, version, mark: null };
  const populate = group.populate[lane];
  // A record that ends by itself goes on beating older ones, so the store keeps its version as long as a tombstone's.
  const expiresAtMs = eventTimeMs + (parts.ownTtlMs === null ? parts.ttlMs : group.tombstoneTtlMs);
  if (parts.ownTtlMs !== null && eventTimeMs + parts.ownTtlMs <= context.nowMs) {
    const mark = { key, version: tombstoneVersionOf(version), payload: null, expiresAtMs, populate };
    return { kind: "expired", key, version, mark };
  }
  const record: WriteRecord =
    subject === null
      ? { key, version, payload, expiresAtMs, populate }
      : { key, version, payload, expiresAtMs, subject, populate };
  return { kind: "record", record };
}

export function isFields(input: unknown): input is Fields {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

function notAnObject(input: unknown): DeadRecord {
  return dead("not-an-object", `the record is ${shownValue(input)}; expected an object with the group's fields`);
}

function recordTime(group: FeatureGroup, input: Fields, context: ParseContext): number | DeadRecord {
  return readTime(group, input, context, context.sourceTimeUs);
}

/** The event time of a put, in microseconds since 1970. */
export function readTime(
  group: FeatureGroup,
  input: Fields,
  context: ParseContext,
  sourceTimeUs: number | undefined,
): number | DeadRecord {
  const rule = group.eventTime;
  if ("field" in rule) {
    return readEventTime(group, rule, { value: input[rule.field], nowMs: context.nowMs });
  }
  if (sourceTimeUs !== undefined) return checkSourceTime(group, sourceTimeUs, context.nowMs);
  return dead(
    "missing-event-time",
    `group "${group.name}" takes the event time from its source, and the ${context.lane} source gave none; ` +
      "send it with the record's source time, or declare an event-time field",
  );
}

function deleteTime(group: FeatureGroup, input: Fields, context: ParseContext): number | DeadRecord {
  const rule = group.eventTime;
  const value = "field" in rule ? input[rule.field] : undefined;
  if ("field" in rule && value !== undefined && value !== null) {
    return readEventTime(group, rule, { value, nowMs: context.nowMs });
  }
  if (context.sourceTimeUs !== undefined) return checkSourceTime(group, context.sourceTimeUs, context.nowMs);
  if (context.lane === "on-demand") return context.nowMs * US_PER_MS;
  return dead(
    "missing-event-time",
    `a delete by the ${context.lane} lane must say when it happened, so that a replay says the same; ` +
      "add the event time, or send the delete as an on-demand job",
  );
}

/**
 * A delete of the present needs no sequence. A delete that names its event time needs one where the group has
 * sequences: without it, it would lose to every record of that time.
 */
function deleteSequence(group: FeatureGroup, input: Fields): bigint | DeadRecord {
  if (group.sequence === null) return NO_SEQUENCE;
  const value = input[group.sequence];
  const isTimed = "field" in group.eventTime && input[group.eventTime.field] !== undefined;
  if (!isTimed && (value === undefined || value === null)) return NO_SEQUENCE;
  return readSequence(group.sequence, value);
}

/** The encoded features, which are valid and not too large for the store. */
function readPayload(group: FeatureGroup, input: Fields, header: PayloadHeader): Uint8Array | DeadRecord {
  const valid = validateFeatures(group, input);
  if (valid.kind === "dead") return valid;
  const payload = orDead(() => encodePayload(group.schemaVersion, valid.features, header));
  if ("dead" in payload) return payload.dead;
  return oversized(payload.made) ?? payload.made;
}

/** The refusal of a payload that does not fit into the store; null where it fits. */
export function oversized(payload: Uint8Array): DeadRecord | null {
  if (payload.length <= PAYLOAD_BYTES_MAX) return null;
  return dead(
    OVERSIZED,
    `the features take ${payload.length} bytes, at most ${PAYLOAD_BYTES_MAX} fit; ` +
      "split the record, or store a reference to what is large",
  );
}

/** Features without a faithful encoding are a fault of the record. */
export function orDead<Made>(make: () => Made): { readonly made: Made } | { readonly dead: DeadRecord } {
  try {
    return { made: make() };
  } catch (error) {
    if (error instanceof FeatureGroupError && error.code === "INVALID_FEATURES") {
      return { dead: dead("invalid-features", error.message) };
    }
    throw error;
  }
}
