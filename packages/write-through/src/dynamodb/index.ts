export * from "./client-options.ts";
export { DynamoRegime } from "./dynamo-regime.ts";
export { DynamoStore, type DynamoStoreOptions } from "./dynamo-store.ts";
export { sampleStoreKeys } from "./sample-store-keys.ts";
export { isCredentialsHiccup } from "./store-errors.ts";
export { StoreLimiter, type StoreLimits, storeLimitsDefaults } from "./store-limiter.ts";
export { checkTableFormat } from "./table-format.ts";
export { type Unblocked, unblockKey, type Unblocking } from "./unblock-key.ts";
export { applyTable, SUBJECT_INDEX, tableDefinition } from "./table.ts";
