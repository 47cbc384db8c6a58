/**
 * Small numbers for the versions and the persons of this model.
 *
 * Records are numbered from 1 in the order of their event times. The ordinal of
 * record n is 2n - 1, and 2n is the tombstone just above it, as the production
 * function makes it. 0 is "no such record".
 */
import {
  type Erasure,
  makeVersion,
  NO_VERSION,
  PERMANENT_US,
  tombstoneVersionOf,
  type Version,
} from "@trilane/write-through/protocol";
import { at } from "../../engine/at.ts";

export type Person = "S" | "T";

export const RECORDS_MAX = 3;
const ORDINALS = 2 * RECORDS_MAX + 1;

const VERSIONS: readonly Version[] = Array.from({ length: ORDINALS }, (_, ordinal) => {
  if (ordinal === 0) return NO_VERSION;
  const record = recordOf(ordinal);
  const version = makeVersion({
    eventTimeUs: record,
    sequence: 0n,
    lane: "stream",
    contentHash: String(record).padStart(16, "0"),
  });
  return isTombstone(ordinal) ? tombstoneVersionOf(version) : version;
});

const DIGESTS: Readonly<Record<Person, string>> = { S: "5".repeat(32), T: "7".repeat(32) };

export function ordinalOfRecord(record: number): number {
  return 2 * record - 1;
}

/** The record of an ordinal above 0: the record itself, or the one below the tombstone. */
export function recordOf(ordinal: number): number {
  return (ordinal + 1) >> 1;
}

/** True for tombstones, and for "no such record". */
export function isTombstone(ordinal: number): boolean {
  return (ordinal & 1) === 0;
}

export function versionOf(ordinal: number): Version {
  return at(VERSIONS, ordinal);
}

export function ordinalOfVersion(version: Version): number {
  const ordinal = VERSIONS.indexOf(version);
  if (ordinal === -1) throw new RangeError(`no world has the version ${version}`);
  return ordinal;
}

export function digestOf(person: Person): string {
  return DIGESTS[person];
}

/** An erasure of a world. `until` is the last record that it covers. */
export interface WorldErasure {
  readonly person: Person;
  readonly kind: Erasure["kind"];
  readonly until: number | "for-ever";
}

export function erasureOf({ person, kind, until }: WorldErasure, number: number): Erasure {
  return { number, subject: digestOf(person), kind, untilUs: until === "for-ever" ? PERMANENT_US : until };
}

export function describeOrdinal(ordinal: number, persons: readonly Person[]): string {
  if (ordinal === 0) return "none";
  const record = recordOf(ordinal);
  const name = `${at(persons, record - 1)}${record}`;
  return isTombstone(ordinal) ? `the tombstone above ${name}` : name;
}
