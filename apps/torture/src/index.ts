/** The fault run as a library. */
export { runTorture } from "./run-torture.ts";
export type { TortureOptions } from "./torture-options.ts";
export { problemsOf, reportText, type TortureReport } from "./torture-report.ts";
