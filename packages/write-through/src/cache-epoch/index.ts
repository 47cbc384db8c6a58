export {
  type OffTime,
  type OperatedCacheEpoch,
  changeLease,
  switchCacheOff,
  switchCacheOn,
  whileCacheIsOff,
} from "./operate-cache-epoch.ts";
export { createElapsedTime, type ElapsedTime } from "./elapsed-time.ts";
export { CacheEpochKeeper, type CacheEpochPorts } from "./cache-epoch-keeper.ts";
export { type CacheEpochOptions, cacheEpochOptionsDefaults } from "./cache-epoch-options.ts";
export { areNamesOther, foreignCache } from "./cache-kinship.ts";
