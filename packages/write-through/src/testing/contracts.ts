/** The contract suites; apart from the memory adapters, since these need a test runner. */
export { type CacheContractOptions, cacheContract } from "./cache-contract.ts";
export { type StoreContractOptions, storeContract } from "./store-contract.ts";
