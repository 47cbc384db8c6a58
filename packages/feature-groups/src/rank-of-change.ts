/**
 * The rank of a change among the records of its key, without its features. A
 * record that is too large for the store has one as well: by it a lane tells
 * whether the record would have been written at all.
 */
import { makeVersion, NO_PLACE, type Version } from "@trilane/write-through";
import type { FeatureConfig } from "./define-config.ts";
import { readKey } from "./entity-key.ts";
import { type FeatureChange, isFields, type ParseContext, readTime } from "./parse-record.ts";
import { TOMBSTONE_CONTENT_HASH } from "./payload.ts";
import { NO_SEQUENCE, readSequence } from "./record-fields.ts";
import { plainSubjectDigests } from "./subject-digest.ts";

export interface ChangeRank {
  readonly key: string;
  /** The highest version that the change could have, whatever its features are. */
  readonly versionMax: Version;
}

/** Null for a delete, and for a record without a key, a time or a sequence that the group takes. */
export function rankOfChange(config: FeatureConfig, change: FeatureChange, context: ParseContext): ChangeRank | null {
  const { kind, input } = change;
  const group = config.groups[change.group];
  if (group === undefined || kind === "delete" || !isFields(input)) return null;
  const eventTimeUs = readTime(group, input, context, change.sourceTimeUs ?? context.sourceTimeUs);
  const key = readKey(group, input, context.subjects ?? plainSubjectDigests);
  const sequence = group.sequence === null ? NO_SEQUENCE : readSequence(group.sequence, input[group.sequence]);
  if (typeof eventTimeUs !== "number" || typeof key !== "string" || typeof sequence !== "bigint") return null;
  const place = change.place ?? context.place ?? NO_PLACE;
  const { lane } = context;
  const { schemaVersion } = group;
  const contentHash = TOMBSTONE_CONTENT_HASH;
  return { key, versionMax: makeVersion({ eventTimeUs, sequence, lane, place, schemaVersion, contentHash }) };
}
