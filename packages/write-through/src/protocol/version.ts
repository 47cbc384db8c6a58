/**
 * Versions: the total order of records, which every lane computes from a record
 * alone.
 *
 * A version is a fixed-width string of digits and lower-case hex, so that byte
 * order, DynamoDB string order and Lua string order agree:
 *
 *     event time (16 digits, µs) | sequence (19 digits) | lane rank (1) |
 *     place (40 hex) | schema version (5 digits) | content hash (16 hex)
 *
 * A replay of the same record computes the same version again, and two
 * different payloads never share one. The place says where in its source a
 * record stood. Of two records of one event time, it lets the one that stands
 * later in the source win. Never turn a version into a number: Lua's numbers
 * are not exact above 2^53.
 */

declare const versionBrand: unique symbol;

/** The rank of a record in the order of its key; {@link VERSION_WIDTH} characters. Compare versions with `<`. */
export type Version = string & { readonly [versionBrand]: true };

/** The way by which a record came. At the same event time and sequence a higher rank wins. */
export type Lane = "batch" | "stream" | "on-demand";

export interface VersionParts {
  /** Microseconds since 1970, a non-negative integer up to {@link EVENT_TIME_US_MAX}. */
  readonly eventTimeUs: number;
  /** The source's own counter, from 0 to {@link SEQUENCE_MAX}; 0 where the group declares none. */
  readonly sequence: bigint;
  readonly lane: Lane;
  /** The position of the record in its source: {@link PLACE_WIDTH} lower-case hex digits, compared as text. */
  readonly place: string;
  /** The schema version of the group that decoded the record. A row that a later schema decodes wins over itself. */
  readonly schemaVersion: number;
  /** 16 lower-case hex digits of a hash of the canonical payload. */
  readonly contentHash: string;
}

/** The input of {@link makeVersion}. A record without a place has {@link NO_PLACE}, one without a schema has 0. */
export type NewVersionParts = Omit<VersionParts, "place" | "schemaVersion"> &
  Partial<Pick<VersionParts, "place" | "schemaVersion">>;

const EVENT_TIME_WIDTH = 16;
const SEQUENCE_WIDTH = 19;
const RANK_WIDTH = 1;
export const PLACE_WIDTH = 40;
const SCHEMA_VERSION_WIDTH = 5;
const HASH_WIDTH = 16;

const PLACE_AT = EVENT_TIME_WIDTH + SEQUENCE_WIDTH + RANK_WIDTH;
const SCHEMA_VERSION_AT = PLACE_AT + PLACE_WIDTH;
const HASH_AT = SCHEMA_VERSION_AT + SCHEMA_VERSION_WIDTH;

/** The cache's scripts read the first 128 bytes of an entry; see `ENTRY_HEAD_WIDTH_MAX` before you make this wider. */
export const VERSION_WIDTH: number = HASH_AT + HASH_WIDTH;

/** The largest event time that a double holds exactly. It lies in the year 2255. */
export const EVENT_TIME_US_MAX: number = Number.MAX_SAFE_INTEGER;
/** The largest sequence of 19 digits that an int64 holds. */
export const SEQUENCE_MAX: bigint = 2n ** 63n - 1n;
export const SCHEMA_VERSION_MAX: number = 10 ** SCHEMA_VERSION_WIDTH - 1;
/** The lowest place, for a record whose source has none. */
export const NO_PLACE: string = "0".repeat(PLACE_WIDTH);

const LANE_RANK: Readonly<Record<Lane, string>> = { batch: "1", stream: "2", "on-demand": "3" };
const LANE_OF_RANK: Readonly<Record<string, Lane>> = { "1": "batch", "2": "stream", "3": "on-demand" };

const SHAPE = /^[0-9]{35}[1-3][0-9a-f]{40}[0-9]{5}[0-9a-f]{16}$/;
const PLACE_SHAPE = /^[0-9a-f]{40}$/;
const ZERO_SEQUENCE = "0".repeat(SEQUENCE_WIDTH);

/** The lowest version: "the store has no such record". No record can have it, because its lane rank is 0. */
export const NO_VERSION: Version = "0".repeat(VERSION_WIDTH) as Version;

/**
 * Composes a version.
 * @throws RangeError when a part is outside of its width; callers validate records first.
 */
export function makeVersion(parts: NewVersionParts): Version {
  const { eventTimeUs, sequence, lane, place = NO_PLACE, schemaVersion = 0, contentHash } = parts;
  const time = String(eventTimeUs).padStart(EVENT_TIME_WIDTH, "0");
  const counter = sequence === 0n ? ZERO_SEQUENCE : String(sequence).padStart(SEQUENCE_WIDTH, "0");
  const schema = String(schemaVersion).padStart(SCHEMA_VERSION_WIDTH, "0");
  const version = time + counter + LANE_RANK[lane] + place + schema + contentHash;
  // One look at the whole text is enough where no part is wider than its place.
  const isWide = eventTimeUs > EVENT_TIME_US_MAX || sequence > SEQUENCE_MAX || schemaVersion > SCHEMA_VERSION_MAX;
  if (!isWide && place.length === PLACE_WIDTH && SHAPE.test(version)) return version as Version;
  throw wrongPart({ eventTimeUs, sequence, lane, place, schemaVersion, contentHash });
}

function wrongPart({ eventTimeUs, sequence, place, schemaVersion, contentHash }: VersionParts): RangeError {
  if (!Number.isSafeInteger(eventTimeUs) || eventTimeUs < 0) {
    return new RangeError(`event time must be whole microseconds from 1970 to 2255, got ${eventTimeUs}`);
  }
  if (sequence < 0n || sequence > SEQUENCE_MAX) {
    return new RangeError(`sequence must be from 0 to ${SEQUENCE_MAX}, got ${sequence}`);
  }
  if (!PLACE_SHAPE.test(place)) {
    return new RangeError(`place must be ${PLACE_WIDTH} lower-case hex digits, got "${place}"`);
  }
  if (!Number.isInteger(schemaVersion) || schemaVersion < 0 || schemaVersion > SCHEMA_VERSION_MAX) {
    return new RangeError(`schema version must be from 0 to ${SCHEMA_VERSION_MAX}, got ${schemaVersion}`);
  }
  return new RangeError(`content hash must be ${HASH_WIDTH} lower-case hex digits, got "${contentHash}"`);
}

/** True for {@link NO_VERSION} and for every string that {@link makeVersion} can return. */
export function isVersion(text: string): text is Version {
  return text === NO_VERSION || SHAPE.test(text);
}

/**
 * Takes a version apart again.
 * @throws RangeError for {@link NO_VERSION} and for anything that is not a version.
 */
export function parseVersion(version: Version): VersionParts {
  const lane = LANE_OF_RANK[version.charAt(PLACE_AT - RANK_WIDTH)];
  if (lane === undefined || !SHAPE.test(version)) {
    throw new RangeError(`not a record's version: "${version}"`);
  }
  return {
    eventTimeUs: eventTimeUsOf(version),
    sequence: BigInt(version.slice(EVENT_TIME_WIDTH, PLACE_AT - RANK_WIDTH)),
    lane,
    place: version.slice(PLACE_AT, SCHEMA_VERSION_AT),
    schemaVersion: Number(version.slice(SCHEMA_VERSION_AT, HASH_AT)),
    contentHash: version.slice(HASH_AT),
  };
}

/** Microseconds since 1970. */
export function eventTimeUsOf(version: Version): number {
  return Number(version.slice(0, EVENT_TIME_WIDTH));
}

/** The part that decides the order of two versions: the first part in which they differ. */
export type DecidingPart = "event-time" | "sequence" | "lane" | "place" | "schema-version" | "content-hash";

const PART_ENDS: readonly (readonly [number, DecidingPart])[] = [
  [EVENT_TIME_WIDTH, "event-time"],
  [PLACE_AT - RANK_WIDTH, "sequence"],
  [PLACE_AT, "lane"],
  [SCHEMA_VERSION_AT, "place"],
  [HASH_AT, "schema-version"],
  [VERSION_WIDTH, "content-hash"],
];

/** Null for equal versions. */
export function decidingPart(a: Version, b: Version): DecidingPart | null {
  const found = PART_ENDS.find(([end]) => a.slice(0, end) !== b.slice(0, end));
  return found === undefined ? null : found[1];
}

export function maxVersion(a: Version, b: Version): Version {
  return a < b ? b : a;
}

/** A version that is lower than that of any record at this event time, in microseconds since 1970. */
export function firstVersionAt(eventTimeUs: number): Version {
  return String(eventTimeUs).padStart(EVENT_TIME_WIDTH, "0").padEnd(VERSION_WIDTH, "0") as Version;
}

const TOMBSTONE_HASH = "f".repeat(HASH_WIDTH);

/** The version of a tombstone that stands just above a record, and below every other record. */
export function tombstoneVersionOf(version: Version): Version {
  return (version.slice(0, HASH_AT) + TOMBSTONE_HASH) as Version;
}
