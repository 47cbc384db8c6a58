/** A load's report for people. */
import { noReceipts, type ReceiptCounts } from "@trilane/write-through";
import type { LoadReport } from "../report.ts";
import { passedOverText } from "../s3/passed-over.ts";
import type { ObjectReport } from "./object-tally.ts";
import { reductionText } from "./reduction-report.ts";
import { refusalsText } from "./refusals.ts";

const MS_PER_SECOND = 1_000;
const OBJECTS_SHOWN_MAX = 20;

/** A few lines, without an end of line. */
export function reportText(report: LoadReport): string {
  const unfinished = countsText(report.unfinished);
  return [
    firstLine(report),
    `  ${countsText(report.receipts) || "no records"}`,
    ...line("also written, of units that are not done", unfinished),
    ...line("refused", refusalsText(report.refusals)),
    ...line("dead letters", report.deadLetters ?? ""),
    ...line("reduced before they were written", reductionText(report.reduced)),
    ...line("passed over", passedOverText(report.passedOver)),
    ...line("unchanged since they were loaded, left out", report.unchanged === 0 ? "" : `${report.unchanged} objects`),
    ...objectLines(report),
  ].join("\n");
}

function line(title: string, text: string): readonly string[] {
  return text === "" ? [] : [`  ${title}: ${text}`];
}

/** Receipts that there are; empty for none. */
function countsText(counts: ReceiptCounts): string {
  const all = Object.entries({ ...noReceipts(), ...counts });
  return all
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${status} ${count}`)
    .join(", ");
}

/** One line for each object, where there are several, or one that is not loaded. */
function objectLines({ objects }: LoadReport): readonly string[] {
  if (objects.length === 1 && objects[0]?.state === "loaded") return [];
  const lines = objects.slice(0, OBJECTS_SHOWN_MAX).map((object) => `    ${objectText(object)}`);
  return objects.length > OBJECTS_SHOWN_MAX ? [...lines, "    and more, see --json"] : lines;
}

function objectText({ object, state, receipts, unfinished }: ObjectReport): string {
  const done = countsText(receipts);
  const more = countsText(unfinished);
  const parts = [done, more === "" ? "" : `of units that are not done ${more}`].filter((part) => part !== "");
  return `${state} ${object}${parts.length === 0 ? "" : `: ${parts.join("; ")}`}`;
}

function firstLine({ loadId, alreadyDone, units, unitsBefore, consumed, durationMs, unchanged }: LoadReport): string {
  const amount = `${units} units, ${consumed} records`;
  if (alreadyDone && units === 0 && unchanged > 0) {
    return `nothing to load: each of ${unchanged} objects is as it was when it was loaded last`;
  }
  if (alreadyDone) return `load ${loadId} was done before; nothing to do. It had ${amount}`;
  const seconds = durationMs / MS_PER_SECOND;
  const duration = `${seconds.toFixed(1)} s`;
  if (unitsBefore > 0)
    return `load ${loadId}: ${amount}; ${unitsBefore} units were done before, the others took ${duration}`;
  return `load ${loadId}: ${amount} in ${duration} (${Math.round(consumed / Math.max(seconds, 0.001))} records/s)`;
}
