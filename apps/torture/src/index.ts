/** The fault run as a library. */
export { runTorture, type TortureOptions } from "./run-torture.ts";
export { problemsOf, reportText, type TortureReport } from "./torture-report.ts";
