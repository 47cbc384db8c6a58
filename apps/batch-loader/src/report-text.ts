/** A load's report for people. */
import type { LoadReport } from "./load-report.ts";

const MS_PER_SECOND = 1_000;

/** A few lines, without an end of line. */
export function reportText(report: LoadReport): string {
  const { loadId, units, consumed, receipts, durationMs } = report;
  const counts = Object.entries(receipts).map(([status, count]) => `${status} ${count}`);
  const rate = Math.round(consumed / Math.max(durationMs / MS_PER_SECOND, 0.001));
  const duration = `${(durationMs / MS_PER_SECOND).toFixed(1)} s`;
  const first = report.alreadyDone
    ? `load ${loadId} was done before; nothing to do. It had ${units} units, ${consumed} records`
    : `load ${loadId}: ${units} units, ${consumed} records in ${duration} (${rate} records/s)`;
  const letters = report.deadLetters === null ? [] : [`  dead letters: ${report.deadLetters}`];
  return [first, `  ${counts.join(", ")}`, ...letters].join("\n");
}
