/**
 * The write-through core: one writer for all lanes, and linearizable reads per
 * key.
 *
 * Only the protocol's types are exported here. Its transitions, plans and rules
 * have an entry of their own, `@trilane/write-through/protocol`.
 */
export * from "./audit/audit-verdict.ts";
export type { Explanation, Verdict } from "./audit/explain.ts";
export * from "./backoff.ts";
export { chunked, decided, fillGaps, forEachPair, itemAt, open, paired, type Slot } from "./by-position.ts";
export * from "./cache-epoch/index.ts";
export * from "./cache-lifetime.ts";
export * from "./coded-error.ts";
export * from "./erasure/compact-erasures.ts";
export * from "./erasure/erase.ts";
export { newErasureEntry } from "./erasure/new-erasure-entry.ts";
export * from "./erasure/sweep.ts";
export { ErasureList, nothingErased } from "./erasure/erasure-list.ts";
export * from "./errors.ts";
export * from "./plain-copies.ts";
export * from "./ports/index.ts";
export type { CacheEpoch, CacheEpochMode } from "./protocol/cache-epoch.ts";
export { type Erasure, type ErasureNumbers, PERMANENT_US, type SubjectDigest } from "./protocol/erasure.ts";
export * from "./protocol/version.ts";
export type { Populate } from "./protocol/write-plan.ts";
export * from "./read/read-result.ts";
export * from "./read/reader.ts";
export * from "./system-clock.ts";
export type { CoalescerLimits } from "./write/coalescer.ts";
export * from "./write/receipts.ts";
export * from "./write/records.ts";
export * from "./write/send-until-settled.ts";
export * from "./write/writer.ts";
