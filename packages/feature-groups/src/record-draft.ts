/**
 * A record that is checked and not encoded yet. Its rank among the records of
 * its key is known, so most records lose before their payload, their hash and
 * their version are made. A record that has lost keeps its change alone, from
 * which the rest can be made again.
 */
import { type Lane, makeVersion, NO_PLACE, parseVersion, type Version, type WriteRecord } from "@trilane/write-through";
import type { FeatureGroup } from "./define-config.ts";
import { contentHash, encodeCanonical } from "./payload.ts";
import type { Place } from "./place.ts";
import type { PlainFeatures } from "./plain-features.ts";
import type { Rank } from "./rank.ts";

/** The parts that drafts of one call share. */
export interface DraftCall {
  readonly lane: Lane;
  /** The place of a change that has none. */
  readonly placeElse: ((index: number) => Place) | undefined;
  /** The record of a change that was drafted before. */
  readonly recordAgain: (change: PlacedChange, index: number) => WriteRecord;
}

export interface PlacedChange {
  readonly place?: Place | undefined;
}

export interface DraftParts extends Rank {
  readonly group: FeatureGroup;
  readonly expiresAtMs: number;
  /** Makes the features of the input; null where the input is the features in canonical form already. */
  readonly plain: PlainFeatures | null;
  readonly input: object;
}

export class RecordDraft {
  readonly kind = "draft";
  readonly eventTimeUs: number;
  readonly sequence: bigint;
  readonly #call: DraftCall;
  readonly #change: PlacedChange;
  readonly #index: number;
  #key: string;
  /** Null where the rank alone is known, and once the record has lost or is sent, which lets go of them. */
  #made: DraftParts | WriteRecord | null;
  /** Of a record that is sent. */
  #version: Version | null = null;

  constructor(made: DraftParts | WriteRecord | Rank, call: DraftCall, change: PlacedChange, index: number) {
    const { eventTimeUs, sequence } = "version" in made ? parseVersion(made.version) : made;
    this.eventTimeUs = eventTimeUs;
    this.sequence = sequence;
    this.#key = made.key;
    this.#made = "version" in made || "group" in made ? made : null;
    this.#call = call;
    this.#change = change;
    this.#index = index;
  }

  get key(): string {
    return this.#key;
  }

  get record(): WriteRecord {
    const made = this.#made;
    if (made !== null && "version" in made) return made;
    const { lane, placeElse, recordAgain } = this.#call;
    const place = made === null ? NO_PLACE : (this.#change.place ?? placeElse?.(this.#index) ?? NO_PLACE);
    const record = made === null ? recordAgain(this.#change, this.#index) : recordOf(made, lane, place);
    this.#made = record;
    return record;
  }

  get version(): Version {
    return this.#version ?? this.record.version;
  }

  /** Lets go of all but key and version. */
  keepVersion(): void {
    this.#version = this.version;
    this.#made = null;
  }

  /** Takes the features out of the input, which its sender may change from now on. */
  hold(): void {
    const made = this.#made;
    if (made === null || "version" in made || made.plain === null) return;
    this.#made = { ...made, plain: null, input: made.plain.featuresOf(made.input) };
  }

  /** Another draft of the key stands for this one; `key` is its equal text. */
  lose(key: string): void {
    this.#key = key;
    this.#made = null;
  }
}

/** Compares versions, which begin with event time and sequence; the rest is made only where these are equal. */
export function isBelow(one: RecordDraft, other: RecordDraft): boolean {
  return isRankBelow(one, other) || (isRankSame(one, other) && one.version < other.version);
}

/** Whether the rank alone tells that one record is below the other. */
export function isRankBelow(one: Rank, other: Rank): boolean {
  return one.eventTimeUs === other.eventTimeUs ? one.sequence < other.sequence : one.eventTimeUs < other.eventTimeUs;
}

function isRankSame(one: Rank, other: Rank): boolean {
  return one.eventTimeUs === other.eventTimeUs && one.sequence === other.sequence;
}

/** Whether both have the same version. */
export function isTwin(one: RecordDraft, other: RecordDraft): boolean {
  return isRankSame(one, other) && one.version === other.version;
}

function recordOf(parts: DraftParts, lane: Lane, place: string): WriteRecord {
  const { group, key, eventTimeUs, sequence, expiresAtMs, plain, input } = parts;
  const { schemaVersion } = group;
  const payload = encodeCanonical(schemaVersion, plain === null ? input : plain.featuresOf(input));
  const hash = contentHash(payload);
  const version = makeVersion({ eventTimeUs, sequence, lane, place, schemaVersion, contentHash: hash });
  return { key, version, payload, expiresAtMs, populate: group.populate[lane] };
}
