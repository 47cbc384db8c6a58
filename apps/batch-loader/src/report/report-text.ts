/** A load's report for people. */
import type { LoadReport } from "../report.ts";
import { passedOverText } from "../s3/passed-over.ts";
import { refusalsText } from "./refusals.ts";

const MS_PER_SECOND = 1_000;

/** A few lines, without an end of line. */
export function reportText(report: LoadReport): string {
  const counts = Object.entries(report.receipts).map(([status, count]) => `${status} ${count}`);
  const letters = report.deadLetters === null ? [] : [`  dead letters: ${report.deadLetters}`];
  const refusals = report.refusals.length === 0 ? [] : [`  refused: ${refusalsText(report.refusals)}`];
  const passedOver = report.passedOver.length === 0 ? [] : [`  passed over: ${passedOverText(report.passedOver)}`];
  return [firstLine(report), `  ${counts.join(", ")}`, ...refusals, ...letters, ...passedOver].join("\n");
}

function firstLine({ loadId, alreadyDone, units, unitsBefore, consumed, durationMs }: LoadReport): string {
  const amount = `${units} units, ${consumed} records`;
  if (alreadyDone) return `load ${loadId} was done before; nothing to do. It had ${amount}`;
  const seconds = durationMs / MS_PER_SECOND;
  const duration = `${seconds.toFixed(1)} s`;
  if (unitsBefore > 0)
    return `load ${loadId}: ${amount}; ${unitsBefore} units were done before, the others took ${duration}`;
  return `load ${loadId}: ${amount} in ${duration} (${Math.round(consumed / Math.max(seconds, 0.001))} records/s)`;
}
