export { type CacheCheck, cacheChecks, type CacheParts } from "./cache-checks.ts";
export { type CacheDifference, compareWithTransitions } from "./compare-with-transitions.ts";
export { MemoryCache, type MemorySnapshot } from "./memory-cache.ts";
export { MemoryStore } from "./memory-store.ts";
export { copyOf, putOf, recordOf, versionOf } from "./sample-records.ts";
export { pick, seededRandom } from "./seeded-random.ts";
export { VirtualClock } from "./virtual-clock.ts";
export { openSteadyCacheEpoch } from "./steady-cache-epoch.ts";
