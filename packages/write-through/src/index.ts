/** The write-through core: one writer for all lanes, linearizable reads per key. */
export * from "./audit/audit-verdict.ts";
export * from "./backoff.ts";
export * from "./cache-lifetime.ts";
export * from "./coded-error.ts";
export { type CoalescerLimits, coalescerLimitsDefaults } from "./write/coalescer.ts";
export * from "./errors.ts";
export type { Explanation, Verdict } from "./audit/explain.ts";
export * from "./fill-gaps.ts";
export * from "./paired.ts";
export * from "./ports/index.ts";
export * from "./protocol/index.ts";
export * from "./read/reader.ts";
export * from "./write/receipts.ts";
export * from "./cache-epoch/index.ts";
export * from "./write/records.ts";
export * from "./write/send-until-settled.ts";
export * from "./system-clock.ts";
export * from "./write/writer.ts";
