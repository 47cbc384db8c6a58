/** The protocol ring: pure, without clock, randomness, timers or imports from outside. */
export * from "./cache-transitions.ts";
export * from "./elapsed.ts";
export * from "./entry.ts";
export * from "./read-plan.ts";
export * from "./reduce.ts";
export * from "./regime.ts";
export * from "./regime-knowledge.ts";
export * from "./regime-plan.ts";
export * from "./regime-rules.ts";
export * from "./version.ts";
export * from "./write-plan.ts";
