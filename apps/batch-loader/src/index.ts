/** The batch lane: objects on S3 to records. */
export { LoadError } from "./errors.ts";
export { load, type LoadOptions } from "./lane.ts";
export { eraseLetters, eraseLettersIn, type LetterPlace } from "./erase-letters.ts";
export { letterPlaceOf } from "./letter-place.ts";
export { letterText } from "./letter-text.ts";
export { type LoadStores, openLoadStores } from "./load/load-stores.ts";
export { type DeadMax, isMoreThan, parseDeadMax } from "./report/refusals.ts";
export { IncompleteLoadError, type LoadProgress, type LoadReport } from "./report.ts";
export { sourceError } from "./s3/source-errors.ts";
export { batchLane } from "./run-lane.ts";
