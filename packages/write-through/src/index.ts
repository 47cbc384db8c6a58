/** The write-through core: one writer for all lanes, linearizable reads per key. */
export * from "./audit-verdict.ts";
export * from "./backoff.ts";
export * from "./cache-lifetime.ts";
export * from "./coded-error.ts";
export { type CoalescerLimits, coalescerLimitsDefaults } from "./coalescer.ts";
export * from "./errors.ts";
export type { Explanation, Verdict } from "./explain.ts";
export * from "./fill-gaps.ts";
export * from "./paired.ts";
export * from "./ports/index.ts";
export * from "./protocol/index.ts";
export * from "./reader.ts";
export * from "./receipts.ts";
export * from "./cache-epoch/index.ts";
export * from "./records.ts";
export * from "./send-until-settled.ts";
export * from "./system-clock.ts";
export * from "./writer.ts";
