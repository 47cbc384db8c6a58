/**
 * The persons of a run with erasures, and how payloads tell them, and the end of
 * a record with a life of its own. Most records of a key are of one person, so
 * that a key changes hands now and then.
 */
import { type CopyReading, type StoredBody, tombstoneVersionOf, type WriteRecord } from "@trilane/write-through";
import type { Dice } from "./dice.ts";

export interface ErasureConfiguration {
  readonly persons: number;
  /** How many times a person is erased, or an erasure is lifted. */
  readonly requests: number;
  /** The share of records whose person is not the usual one of their key. */
  readonly otherShare: number;
  /** The share of records with a life of their own, which is shorter than that of the others. */
  readonly ownLifeShare: number;
}

const ERASURES_SHARE = 0.35;
const DIGEST_WIDTH = 32;
/** Some are over on arrival, and some only by a wrong clock. */
const OWN_LIFE_MS_MIN = -2_000;
const OWN_LIFE_MS_MAX = 30_000;
/** The person's number, and the end of its own life as a double where it has one. */
const PERSON_BYTES = 1;
const END_BYTES = 8;

/** Null for a run without erasures. Its dice are its own, so other seeds run as they did. */
export function drawErasures(dice: Dice): ErasureConfiguration | null {
  if (!dice.chance(ERASURES_SHARE)) return null;
  return {
    persons: dice.whole(1, 4),
    requests: dice.whole(1, 6),
    otherShare: dice.pick([0, 0.2, 0.5]),
    ownLifeShare: dice.pick([0, 0.1, 0.4]),
  };
}

export function digestOf(person: number): string {
  return (person + 1).toString(16).padStart(DIGEST_WIDTH, "0");
}

/** The first byte of a payload is the person's. */
export const personCopies: CopyReading = {
  subjectOf: ({ payload }: StoredBody) => (payload?.[0] === undefined ? null : digestOf(payload[0])),
  expiresAtMs: (_key, { body }) => (body === null ? 0 : endMsOf(body)),
};

/** When readers no longer see a record: the store may keep its version for longer. */
export function endMsOf({ payload, expiresAtMs }: Pick<WriteRecord, "payload" | "expiresAtMs">): number {
  return Math.min(expiresAtMs, ownEndMsOf(payload) ?? Infinity);
}

/**
 * The version that stays of a record whose own life is over on arrival, so that it goes on beating older ones; null
 * where the record is written as it is. Lanes do the same with the records of their groups.
 */
export function markOf(record: WriteRecord, nowMs: number): WriteRecord | null {
  const endMs = ownEndMsOf(record.payload);
  if (endMs === null || endMs > nowMs) return null;
  const { key, version, expiresAtMs, populate } = record;
  return { key, version: tombstoneVersionOf(version), payload: null, expiresAtMs, populate };
}

/** The same record as one of a person's. A delete is nobody's. */
export function withPerson(
  record: WriteRecord,
  { keyNumber, nowMs }: { readonly keyNumber: number; readonly nowMs: number },
  { persons, otherShare, ownLifeShare }: ErasureConfiguration,
  dice: Dice,
): WriteRecord {
  const person = dice.chance(otherShare) ? dice.whole(0, persons - 1) : keyNumber % persons;
  const endMs = dice.chance(ownLifeShare) ? nowMs + dice.whole(OWN_LIFE_MS_MIN, OWN_LIFE_MS_MAX) : null;
  if (record.payload === null) return record;
  return { ...record, payload: payloadOf(person, endMs), subject: digestOf(person) };
}

function payloadOf(person: number, endMs: number | null): Uint8Array {
  if (endMs === null) return Uint8Array.of(person);
  const payload = new Uint8Array(PERSON_BYTES + END_BYTES);
  payload[0] = person;
  new DataView(payload.buffer).setFloat64(PERSON_BYTES, endMs);
  return payload;
}

function ownEndMsOf(payload: Uint8Array | null): number | null {
  if (payload === null || payload.length < PERSON_BYTES + END_BYTES) return null;
  return new DataView(payload.buffer, payload.byteOffset).getFloat64(PERSON_BYTES);
}
