/**
 * The persons of a run with erasures, and how payloads tell them. Most records
 * of a key are of one person, so that a key changes hands now and then.
 */
import type { CopyReading, StoredBody, WriteRecord } from "@trilane/write-through";
import type { Dice } from "./dice.ts";

export interface ErasureConfiguration {
  readonly persons: number;
  /** How many times a person is erased, or an erasure is lifted. */
  readonly requests: number;
  /** The share of records whose person is not the usual one of their key. */
  readonly otherShare: number;
}

const ERASURES_SHARE = 0.35;
const DIGEST_WIDTH = 32;

/** Null for a run without erasures. Its dice are its own, so other seeds run as they did. */
export function drawErasures(dice: Dice): ErasureConfiguration | null {
  if (!dice.chance(ERASURES_SHARE)) return null;
  return { persons: dice.whole(1, 4), requests: dice.whole(1, 6), otherShare: dice.pick([0, 0.2, 0.5]) };
}

export function digestOf(person: number): string {
  return (person + 1).toString(16).padStart(DIGEST_WIDTH, "0");
}

/** The first byte of a payload is the person's. */
export const personCopies: CopyReading = {
  subjectOf: ({ payload }: StoredBody) => (payload?.[0] === undefined ? null : digestOf(payload[0])),
  expiresAtMs: (_key, { body }) => body?.expiresAtMs ?? 0,
};

/** The same record as one of a person's. A delete is nobody's. */
export function withPerson(
  record: WriteRecord,
  keyNumber: number,
  { persons, otherShare }: ErasureConfiguration,
  dice: Dice,
): WriteRecord {
  const person = dice.chance(otherShare) ? dice.whole(0, persons - 1) : keyNumber % persons;
  if (record.payload === null) return record;
  return { ...record, payload: Uint8Array.of(person), subject: digestOf(person) };
}
