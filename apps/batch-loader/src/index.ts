/** The batch lane: objects on S3 to records. */
export type { LoadConfig } from "./config.ts";
export { LoadError, type LoadErrorCode } from "./errors.ts";
export { load, type LoadOptions } from "./lane.ts";
export type { LoadLimits } from "./limits.ts";
export type { LoadPlatform } from "./load/load-platform.ts";
export { type LoadStores, openLoadStores } from "./load/load-stores.ts";
export { IncompleteLoadError, type LoadProgress, type LoadReport } from "./report.ts";
export type { DeadMax } from "./report/refusals.ts";
export { batchLane } from "./run-lane.ts";
