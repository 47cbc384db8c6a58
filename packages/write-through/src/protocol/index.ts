/**
 * The protocol. It is pure: without clock, randomness, timers or imports from
 * outside.
 */
export * from "./cache-transitions.ts";
export * from "./elapsed.ts";
export * from "./entry.ts";
export * from "./erasure.ts";
export * from "./read-plan.ts";
export * from "./reduce.ts";
export * from "./cache-epoch.ts";
export * from "./cache-epoch-knowledge.ts";
export * from "./cache-epoch-plan.ts";
export * from "./cache-epoch-rules.ts";
export * from "./version.ts";
export * from "./write-plan.ts";
