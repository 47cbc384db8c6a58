export * from "./client-options.ts";
export { DynamoRegime } from "./dynamo-regime.ts";
export { DynamoStore, type DynamoStoreOptions } from "./dynamo-store.ts";
export { sampleStoreKeys } from "./sample-store-keys.ts";
export { isCredentialsHiccup } from "./store-errors.ts";
export { StoreLimiter, type StoreLimits, storeLimitsDefaults } from "./store-limiter.ts";
export { checkTableFormat } from "./table-format.ts";
export { applyTable, SUBJECT_INDEX, tableDefinition } from "./table.ts";
