/**
 * Versions: the total order that every lane computes from a record alone.
 *
 * A version is a fixed-width string of digits and lower-case hex, so that byte
 * order, DynamoDB string order and Lua string order agree:
 *
 *     event time (16 digits, µs) | sequence (19 digits) | lane rank (1) | content hash (16 hex)
 *
 * A replay of the same record computes the same version again, and two
 * different payloads never share one. Never turn a version into a number:
 * Lua's numbers lose precision above 2^53.
 */

declare const versionBrand: unique symbol;

/** A record's place in its key's order; 52 characters. Compare with {@link compareVersions}. */
export type Version = string & { readonly [versionBrand]: true };

/** Which lane a record came by. At the same event time and sequence a higher rank wins. */
export type Lane = "batch" | "stream" | "on-demand";

export interface VersionParts {
  /** Microseconds since 1970, a non-negative integer up to {@link EVENT_TIME_US_MAX}. */
  readonly eventTimeUs: number;
  /** The source's own counter, 0 where the group declares none; 0 to {@link SEQUENCE_MAX}. */
  readonly sequence: bigint;
  readonly lane: Lane;
  /** 16 lower-case hex digits over the canonical payload. */
  readonly contentHash: string;
}

const EVENT_TIME_WIDTH = 16;
const SEQUENCE_WIDTH = 19;
const RANK_WIDTH = 1;
const HASH_WIDTH = 16;

export const VERSION_WIDTH: number = EVENT_TIME_WIDTH + SEQUENCE_WIDTH + RANK_WIDTH + HASH_WIDTH;

/** The largest event time that a double holds exactly: in the year 2255. */
export const EVENT_TIME_US_MAX: number = Number.MAX_SAFE_INTEGER;
/** The largest sequence of 19 digits that an int64 holds. */
export const SEQUENCE_MAX: bigint = 2n ** 63n - 1n;

const LANE_RANK: Readonly<Record<Lane, string>> = { batch: "1", stream: "2", "on-demand": "3" };
const LANE_OF_RANK: Readonly<Record<string, Lane>> = { "1": "batch", "2": "stream", "3": "on-demand" };

const SHAPE = /^[0-9]{35}[1-3][0-9a-f]{16}$/;
const HASH_SHAPE = /^[0-9a-f]{16}$/;
const ZERO_SEQUENCE = "0".repeat(SEQUENCE_WIDTH);

/** The lowest version: "the store has no such record". No record ever has it (its lane rank is 0). */
export const NO_VERSION: Version = "0".repeat(VERSION_WIDTH) as Version;

/**
 * Composes a version.
 * @throws RangeError when a part is outside its width; callers validate records first.
 */
export function makeVersion(parts: VersionParts): Version {
  const { eventTimeUs, sequence, lane, contentHash } = parts;
  if (!Number.isSafeInteger(eventTimeUs) || eventTimeUs < 0) {
    throw new RangeError(`event time must be whole microseconds from 1970 to 2255, got ${eventTimeUs}`);
  }
  if (sequence < 0n || sequence > SEQUENCE_MAX) {
    throw new RangeError(`sequence must be from 0 to ${SEQUENCE_MAX}, got ${sequence}`);
  }
  if (!HASH_SHAPE.test(contentHash)) {
    throw new RangeError(`content hash must be ${HASH_WIDTH} lower-case hex digits, got "${contentHash}"`);
  }
  const time = String(eventTimeUs).padStart(EVENT_TIME_WIDTH, "0");
  const counter = sequence === 0n ? ZERO_SEQUENCE : String(sequence).padStart(SEQUENCE_WIDTH, "0");
  return (time + counter + LANE_RANK[lane] + contentHash) as Version;
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
  const lane = LANE_OF_RANK[version.charAt(EVENT_TIME_WIDTH + SEQUENCE_WIDTH)];
  if (lane === undefined || !SHAPE.test(version)) {
    throw new RangeError(`not a record's version: "${version}"`);
  }
  return {
    eventTimeUs: eventTimeUsOf(version),
    sequence: BigInt(version.slice(EVENT_TIME_WIDTH, EVENT_TIME_WIDTH + SEQUENCE_WIDTH)),
    lane,
    contentHash: version.slice(-HASH_WIDTH),
  };
}

/** Microseconds since 1970. */
export function eventTimeUsOf(version: Version): number {
  return Number(version.slice(0, EVENT_TIME_WIDTH));
}

/** Negative, zero or positive, as for `Array.prototype.sort`. */
export function compareVersions(a: Version, b: Version): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function maxVersion(a: Version, b: Version): Version {
  return a < b ? b : a;
}
