/** The batch lane: objects on S3 to records. */
export { type CommandLine, type LoadArguments, readCommandLine } from "./command-line.ts";
export { LoadError, type LoadErrorCode } from "./errors.ts";
export { load, type LoadOptions } from "./load.ts";
export { type LoadLimits, loadLimitsDefaults } from "./load-limits.ts";
export type { LoadPlatform } from "./load-platform.ts";
export { IncompleteLoadError, type LoadProgress, type LoadReport } from "./load-report.ts";
export { type ProgressReporter, reportProgress } from "./progress-reporter.ts";
export { type DeadMax, parseDeadMax } from "./refusals.ts";
export { reportText } from "./report-text.ts";
export { runBatchLane } from "./run-batch-lane.ts";
