/** The findings of the demo, as text and as a verdict. */
import { type ReceiptCounts, receiptStatuses } from "@trilane/write-through";
import type { HotReaderReport } from "./hot-reader.ts";
import type { DeadLetterCounts } from "./kafka-watch.ts";
import { type Phase, phaseLines } from "./phases.ts";
import type { Verification } from "./verify-routes.ts";

export interface LaneReport {
  readonly lane: "batch" | "stream" | "on-demand";
  /** The number of records that were given to the lane. */
  readonly given: number;
  readonly consumed: number;
  readonly receipts: ReceiptCounts;
  readonly seconds: number;
  /** The process was killed half-way and started again, so records under way are consumed twice. */
  readonly isKilled: boolean;
}

export interface OutageReport {
  readonly server: string;
  readonly how: string;
  /** Seconds after the start of the lanes; null: they had already finished. */
  readonly beganSeconds: number | null;
  readonly seconds: number;
}

export interface DemoReport {
  readonly lanes: readonly LaneReport[];
  readonly malformed: number;
  readonly deadLetters: DeadLetterCounts;
  readonly reader: HotReaderReport;
  readonly verification: Verification;
  /** Null where none was asked for. */
  readonly outage: OutageReport | null;
  /** Actions that a program tried and its rights did not allow, as `program action`. */
  readonly refused: readonly string[];
  /** Without the start of the servers. */
  readonly seconds: number;
  readonly phases: readonly Phase[];
}

/** A lane sends a failed record again, so a lane that has finished has no failed record. */
const FINAL_STATUSES = receiptStatuses.filter((status) => status !== "failed");

/** The problems as sentences; empty when there is none. */
export function problemsOf(report: DemoReport): readonly string[] {
  const { lanes, malformed, deadLetters, reader, verification, outage } = report;
  const problems = lanes.flatMap(laneProblems);
  if (outage?.beganSeconds === null) problems.push("the lanes were done before the outage: use more --rows");
  const dead = Object.values(deadLetters.reasons).reduce((sum, count) => sum + count, 0);
  if (dead !== malformed) problems.push(`${malformed} messages were malformed, ${dead} have a dead letter`);
  for (const step of reader.backwards) problems.push(`a version went backwards: ${step}`);
  if (reader.reads === 0) problems.push("the reader read nothing");
  const { routes, equalThroughApi, equalInStore, differences } = verification;
  if (equalThroughApi !== routes) problems.push(`${routes - equalThroughApi} routes differ through the API`);
  if (equalInStore !== routes) problems.push(`${routes - equalInStore} routes differ in the store`);
  for (const call of report.refused) problems.push(`docs/rights.md does not allow what a program did: ${call}`);
  return [...problems, ...differences];
}

function laneProblems({ lane, given, consumed, receipts, isKilled }: LaneReport): readonly string[] {
  const problems: string[] = [];
  const sum = FINAL_STATUSES.reduce((total, status) => total + receipts[status], 0);
  if (sum !== consumed) problems.push(`${lane}: consumed ${consumed}, but the receipts add up to ${sum}`);
  // The survivor of a killed stream process counts only what it consumed itself.
  if (!(isKilled && lane === "stream") && consumed !== given) {
    problems.push(`${lane}: was given ${given}, consumed ${consumed}`);
  }
  return problems;
}

export function reportText(report: DemoReport): string {
  const { lanes, deadLetters, reader, verification, seconds } = report;
  const rows = lanes.map((lane) => [
    lane.lane + (lane.isKilled ? " (killed)" : ""),
    whole(lane.consumed),
    ...FINAL_STATUSES.map((status) => whole(lane.receipts[status])),
    whole(lane.consumed / lane.seconds),
  ]);
  const reasons = Object.entries(deadLetters.reasons).map(([reason, count]) => `${reason} ${count}`);
  const again =
    deadLetters.again === 0 ? "" : `; ${whole(deadLetters.again)} letters more, of messages delivered again`;
  const problems = problemsOf(report);
  return [
    "",
    ...columns([["lane", "consumed", ...FINAL_STATUSES, "records/s"], ...rows]),
    "",
    `reader: ${whole(reader.reads)} reads of hot routes, ${whole(reader.fromCache)} from the cache, ${reader.failedRequests} failed requests, versions seen going backwards: ${reader.backwards.length}`,
    `routes equal to the oracle: ${verification.equalThroughApi} of ${verification.routes} through the API (${verification.fromCache} from the cache), ${verification.equalInStore} of ${verification.routes} in the store; ${verification.deleted} of them deleted`,
    ...(report.outage === null ? [] : [outageText(report.outage)]),
    `dead letters: ${reasons.length === 0 ? "none" : reasons.join(", ")}${again}`,
    `took ${seconds.toFixed(1)} s after the servers' start`,
    ...phaseLines(report.phases),
    problems.length === 0 ? "all holds" : `DOES NOT HOLD:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
    "",
  ].join("\n");
}

function outageText({ server, how, beganSeconds, seconds }: OutageReport): string {
  if (beganSeconds === null) return `outage of the ${server}: none, the lanes were done before`;
  return `outage of the ${server}: ${how}; ${seconds.toFixed(1)} s, from second ${beganSeconds.toFixed(1)} of the lanes on`;
}

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
