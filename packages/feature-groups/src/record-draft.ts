/**
 * A put that is checked and not encoded yet. Its rank among the records of its
 * key is known, so most records lose before their payload, their hash and their
 * version are made. Those are made once, when somebody asks for them.
 */
import { type Lane, makeVersion, NO_PLACE, parseVersion, type Version, type WriteRecord } from "@trilane/write-through";
import type { FeatureGroup } from "./define-config.ts";
import { contentHash, encodeCanonical } from "./payload.ts";
import type { Place } from "./place.ts";

export interface DraftParts {
  readonly group: FeatureGroup;
  readonly lane: Lane;
  readonly key: string;
  readonly eventTimeUs: number;
  readonly sequence: bigint;
  readonly expiresAtMs: number;
  /** In canonical form. */
  readonly features: object;
  /** The change with the record's place, which is asked for when the version is made. */
  readonly source: { readonly place?: Place | undefined };
  /** The place of a change that has none. */
  readonly placeElse: () => Place | undefined;
}

export class RecordDraft {
  readonly kind = "draft";
  readonly key: string;
  readonly #eventTimeUs: number;
  readonly #sequence: bigint;
  #made: WriteRecord | DraftParts;

  constructor(made: WriteRecord | DraftParts) {
    this.key = made.key;
    this.#made = made;
    // The version of a record that is made already, such as a tombstone, has both.
    const { eventTimeUs, sequence } = "version" in made ? parseVersion(made.version) : made;
    this.#eventTimeUs = eventTimeUs;
    this.#sequence = sequence;
  }

  get record(): WriteRecord {
    if (!("version" in this.#made)) this.#made = recordOf(this.#made);
    return this.#made;
  }

  get version(): Version {
    return this.record.version;
  }

  /** Compares versions, which begin with event time and sequence; the rest is made only where these are equal. */
  isBelow(other: RecordDraft): boolean {
    if (this.#eventTimeUs !== other.#eventTimeUs) return this.#eventTimeUs < other.#eventTimeUs;
    if (this.#sequence !== other.#sequence) return this.#sequence < other.#sequence;
    return this.version < other.version;
  }

  /** Whether both have the same version. */
  isTwinOf(other: RecordDraft): boolean {
    if (this.#eventTimeUs !== other.#eventTimeUs || this.#sequence !== other.#sequence) return false;
    return this.version === other.version;
  }
}

function recordOf(parts: DraftParts): WriteRecord {
  const { group, lane, key, eventTimeUs, sequence, expiresAtMs, source } = parts;
  const { schemaVersion } = group;
  const payload = encodeCanonical(schemaVersion, parts.features);
  const place = source.place ?? parts.placeElse() ?? NO_PLACE;
  const hash = contentHash(payload);
  const version = makeVersion({ eventTimeUs, sequence, lane, place, schemaVersion, contentHash: hash });
  return { key, version, payload, expiresAtMs, populate: group.populate[lane] };
}
