export * from "./check-server.ts";
export * from "./client-options.ts";
export { type CacheKeys, createCacheKeys } from "./cache-keys.ts";
export { type CacheConnection } from "./list-connections.ts";
export { type ScriptName, scriptText } from "./scripts.ts";
export { sweepCache, type Swept, type SweepOptions } from "./sweep-cache.ts";
export { ValkeyCache, type ValkeyCacheOptions } from "./valkey-cache.ts";
