export * from "./client-options.ts";
export { DynamoCacheEpoch } from "./dynamo-cache-epoch.ts";
export { DynamoStore, type DynamoStoreOptions } from "./dynamo-store.ts";
export { sampleStoreKeys } from "./sample-store-keys.ts";
export { isCredentialsHiccup } from "./store-errors.ts";
export { StoreLimiter, type StoreLimits, storeLimitsDefaults } from "./store-limiter.ts";
export { checkTableFormat } from "./table-format.ts";
export { type Unblocked, unblockKey, type Unblocking } from "./unblock-key.ts";
export { applyTable, tableDefinition } from "./table.ts";
