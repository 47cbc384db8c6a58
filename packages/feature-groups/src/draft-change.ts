/**
 * Parses a change as far as its rank among the records of its key, without its
 * payload, where nothing else is at stake: where the record is no person's and
 * lives as long as its group says. All others are parsed at once. A record that
 * is too large for the store is a draft as well, since only encoding finds that:
 * it is refused where it wins.
 */
import type { WriteRecord } from "@trilane/write-through";
import { canonicalFeatures } from "./canonical-features.ts";
import type { DeadRecord } from "./dead-reasons.ts";
import type { FeatureConfig, FeatureGroup } from "./define-config.ts";
import { readKey } from "./entity-key.ts";
import { validateFeatures } from "./features-schema.ts";
import {
  type FeatureChange,
  isFields,
  orDead,
  parseChange,
  type ParseContext,
  type ParsedRecord,
  readTime,
} from "./parse-record.ts";
import type { Place } from "./place.ts";
import { PlainFeatures } from "./plain-features.ts";
import type { Rank } from "./rank.ts";
import { RankScan } from "./rank-scan.ts";
import { type DraftCall, type DraftParts, RecordDraft } from "./record-draft.ts";
import { NO_SEQUENCE, readSequence } from "./record-fields.ts";
import { plainSubjectDigests } from "./subject-digest.ts";

/** An input that its lane could not decode. Its record is dead, for the lane's own reason. */
export class RefusedInput {
  readonly kind = "refused";
  readonly reason: string;
  readonly detail: string;

  constructor(reason: string, detail: string) {
    this.reason = reason;
    this.detail = detail;
  }
}

export type Drafted = ParsedRecord | RecordDraft | RefusedInput;

export interface Drafting {
  readonly draft: (change: FeatureChange, index: number) => Drafted;
  /** The rank of a change whose draft has surely the same; null where only the draft can tell. */
  readonly rankOf: (change: FeatureChange) => Rank | null;
  /** The draft of a change by its rank, which is parsed when its record is asked for. */
  readonly draftOfRank: (rank: Rank, change: FeatureChange, index: number) => RecordDraft;
}

/** Drafts the changes of one call; a change by its index has the place of that index where it brings none. */
export function drafting(config: FeatureConfig, context: ParseContext, placeElse: (index: number) => Place): Drafting {
  const parse = (change: FeatureChange, index: number): ParsedRecord => {
    const { kind, group, input, sourceTimeUs = context.sourceTimeUs, place = placeElse(index) } = change;
    return parseChange(config, { kind, group, input, sourceTimeUs, place }, context);
  };
  const recordAgain = (change: object, index: number): WriteRecord => {
    const again = draft(change as FeatureChange, index);
    if (again.kind === "draft" || again.kind === "record") return again.record;
    throw new TypeError(`a change of the call gave a record, and now it is ${again.kind}`);
  };
  const call: DraftCall = { lane: context.lane, placeElse, recordAgain };
  const draft = (change: FeatureChange, index: number): Drafted => {
    const { kind, input } = change;
    if (input instanceof RefusedInput) return input;
    const group = typeof change.group === "string" ? config.groups[change.group] : undefined;
    if (group === undefined || group.subject !== null || group.recordTtl !== null) return parse(change, index);
    const parts = kind === "put" && isFields(input) ? partsOf(group, input, change, context) : null;
    if (parts !== null) return "kind" in parts ? parts : new RecordDraft(parts, call, change, index);
    const parsed = parse(change, index);
    return parsed.kind === "record" ? new RecordDraft(parsed.record, call, change, index) : parsed;
  };
  return {
    draft,
    rankOf(change) {
      if (change.scan === undefined && change.scanned === undefined) return null;
      const group = config.groups[change.group];
      return group === undefined ? null : (RankScan.of(group)?.rankOf(change, context) ?? null);
    },
    draftOfRank: (rank, change, index) => new RecordDraft(rank, call, change, index),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Null where the record is expired already. The checks have the order of `parseRecord`. */
function partsOf(
  group: FeatureGroup,
  input: Fields,
  { sourceTimeUs }: FeatureChange,
  context: ParseContext,
): DraftParts | DeadRecord | null {
  const eventTimeUs = readTime(group, input, context, sourceTimeUs ?? context.sourceTimeUs);
  if (typeof eventTimeUs !== "number") return eventTimeUs;
  const key = readKey(group, input, context.subjects ?? plainSubjectDigests);
  if (typeof key !== "string") return key;
  const sequence = group.sequence === null ? NO_SEQUENCE : readSequence(group.sequence, input[group.sequence]);
  if (typeof sequence !== "bigint") return sequence;
  const expiresAtMs = Math.floor(eventTimeUs / US_PER_MS) + group.ttlMs;
  const plain = PlainFeatures.of(group);
  if (plain !== null && plain.bytesMaxOf(input) !== null) {
    return expiresAtMs <= context.nowMs ? null : { group, key, eventTimeUs, sequence, expiresAtMs, plain, input };
  }
  const valid = validateFeatures(group, input);
  if (valid.kind === "dead") return valid;
  const canonical = orDead(() => canonicalFeatures(valid.features));
  if ("dead" in canonical) return canonical.dead;
  const features = canonical.made;
  if (expiresAtMs <= context.nowMs) return null;
  return { group, key, eventTimeUs, sequence, expiresAtMs, plain: null, input: features };
}

const US_PER_MS = 1_000;
