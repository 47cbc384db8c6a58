/** Memory adapters, contract suites and command sequences, for tests of anything that uses the core. */
export { MemoryCache } from "./memory-cache.ts";
export { MemoryStore } from "./memory-store.ts";
