/** Feature groups: definition, validation, typed records and reads. */
export type { CoreReader, CoreWriter } from "./core-ports.ts";
export { DEAD_REASONS, type DeadReason, type DeadRecord, OVERSIZED } from "./dead-reasons.ts";
export { defineConfig, type FeatureConfig, type FeatureGroup, groupOf } from "./define-config.ts";
export {
  defineGroup,
  type EventTimeRule,
  type EventTimeUnit,
  type GroupDefinition,
  type KeyForm,
} from "./define-group.ts";
export { definitionDigest } from "./definition-digest.ts";
export { days, years } from "./durations.ts";
export { encodeKey } from "./entity-key.ts";
export * from "./errors.ts";
export { exactNumber, isPlainJson, isPlainJsonBytes, parseExactJson, parseJsonAsWritten } from "./exact-json.ts";
export * from "./feature-reader.ts";
export * from "./feature-writer.ts";
export { type FieldAccepts, type FieldCheck, type FieldChecks, fieldChecksOf } from "./field-checks.ts";
export { fieldsTakenBy } from "./fields-taken.ts";
export { decimal, integer, type NumericInput } from "./field-schemas.ts";
export { groupNameOf } from "./entity-key.ts";
export type { KeyType } from "./key-types.ts";
export { isIntactCopy } from "./intact-copy.ts";
export { jsonSafe } from "./json-safe.ts";
export { KnownPayloads, type KnownPayloadsOptions, type TextOfRecord } from "./known-payloads.ts";
export { formatTimeMs, formatTimeUs, parseIsoTimeUs } from "./iso-time.ts";
export { RefusedInput } from "./draft-change.ts";
export { nextTurn, Turn } from "./map-in-turns.ts";
export { loadConfig } from "./load-config.ts";
export {
  type FeatureChange,
  ownerOf,
  parseChange,
  type ParseContext,
  type ParsedRecord,
  parseDelete,
  parseRecord,
} from "./parse-record.ts";
export {
  contentHash,
  type DecodedPayload,
  decodePayload,
  encodePayload,
  type PayloadHeader,
  payloadHeaderOf,
  TOMBSTONE_CONTENT_HASH,
} from "./payload.ts";
export * from "./place.ts";
export { type ChangeRank, rankOfChange } from "./rank-of-change.ts";
export type { ScannedRank } from "./rank.ts";
export { type BytesRanks, RankScan } from "./rank-scan.ts";
export type { JsonScan } from "./scan-json.ts";
export { createGroupCopies } from "./group-copies.ts";
export {
  createChangingDigests,
  createSubjectDigests,
  type FormerKey,
  plainSubjectDigests,
  type SubjectDigests,
} from "./subject-digest.ts";
export type * from "./typed-groups.ts";
