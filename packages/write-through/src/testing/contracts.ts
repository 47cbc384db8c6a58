/**
 * The contract suites. They are apart from the memory adapters, because they
 * need a test runner.
 */
export { type CacheContractOptions, cacheContract } from "./cache-contract.ts";
export { type ErasuresContractOptions, erasuresContract } from "./erasures-contract.ts";
export { type StoreContractOptions, storeContract } from "./store-contract.ts";
