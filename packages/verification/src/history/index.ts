/** Histories: recorded by processes, merged, judged by their erasures, and checked for linearizability. */
export { checkHistory, type HistoryVerdict } from "./check-history.ts";
export { describeViolation } from "./describe-violation.ts";
export type { ErasureMonitor } from "./erasure-monitor.ts";
export type { History } from "./history.ts";
export { type JudgedHistory, judgeErasures, type SeenErasure } from "./judge-erasures.ts";
export { type MergedHistory, mergeRecordings } from "./merge-recordings.ts";
export { parseHistory } from "./parse-history.ts";
export { recordReader, recordWriter } from "./record-core.ts";
export { HistoryRecorder } from "./recorder.ts";
