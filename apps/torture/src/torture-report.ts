/** The report of a run for people, and its problems, of which a single one fails it. */
import type { HistoryVerdict, MergedHistory } from "@trilane/verification/history";
import type { ReceiptCounts } from "@trilane/write-through";
import type { Pauses } from "./audit/audit-pauses.ts";
import type { EqualityAudit } from "./audit/audit-equality.ts";
import type { ReceiptsAudit } from "./audit/audit-receipts.ts";
import type { FaultCount } from "./faults/fault-log.ts";
import type { SeenCacheEpoch } from "./cache-epoch-watch.ts";
import type { BatchLoadReport } from "./workload/batch-load.ts";
import type { JobLoadReport } from "./workload/job-load.ts";
import type { StreamLoadReport } from "./workload/stream-load.ts";

export interface TortureReport {
  readonly seed: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly cache: string;
  readonly load: {
    readonly stream: StreamLoadReport;
    readonly batch: BatchLoadReport;
    readonly jobs: JobLoadReport;
    /** The work that stood still after the end of the faults, until all processes were killed. */
    readonly stuck: readonly string[];
  };
  readonly history: Omit<MergedHistory, "settled"> & { readonly file: string; readonly verdict: HistoryVerdict };
  /** Descriptions of the violations, as many as the checker keeps. */
  readonly violations: readonly string[];
  readonly faults: Readonly<Record<string, FaultCount>>;
  /** Sentences about results of the faults at the edges that must not be. */
  readonly edgeProblems: readonly string[];
  /** Faults that this machine cannot cause, with the reason: these checks were skipped. */
  readonly leftOut: Readonly<Record<string, string>>;
  /** Processes that ended by themselves and were started again, with their exit codes. */
  readonly ownEnds: Readonly<Record<string, readonly number[]>>;
  /** The number of the readers' answers by outcome. */
  readonly readerOutcomes: Readonly<Record<string, number>>;
  readonly receipts: ReceiptsAudit;
  readonly equality: EqualityAudit;
  /** The cache epochs as they were seen from outside. */
  readonly cacheEpochs: readonly SeenCacheEpoch[];
  readonly pauses: Pauses;
  /** Null in a run that loses the cache. */
  readonly evictedKeys: number | null;
  /** Null in a run that loses the cache. */
  readonly isFenceThere: boolean | null;
}

export interface ReportChecks {
  /** A short run need not meet every kind of fault. */
  readonly expectsEveryFault: boolean;
}

export function problemsOf(report: TortureReport, { expectsEveryFault }: ReportChecks): readonly string[] {
  const { history, receipts, equality, load, faults, isFenceThere } = report;
  const problems: string[] = [];
  if (history.verdict.wrongReads > 0) problems.push(`${history.verdict.wrongReads} reads were wrong`);
  if (history.verdict.reads === 0) problems.push("nothing was read");
  if (receipts.withReceipt !== receipts.sent) {
    problems.push(`${receipts.sent - receipts.withReceipt} of ${receipts.sent} records have no receipt`);
  }
  if (equality.equal !== equality.keys) problems.push(`${equality.keys - equality.equal} keys are not equal`);
  if (load.stuck.length > 0) {
    problems.push(`the lanes did not come to rest by themselves after the faults: ${load.stuck.join(", ")}`);
  }
  if (isFenceThere === false) problems.push("the watched fence is gone");
  const lost = lostRecords(report);
  if (lost > 0) problems.push(`${lost} records were dead or expired that were neither malformed nor old`);
  problems.push(...report.edgeProblems, ...receipts.problems, ...equality.problems, ...load.batch.problems);
  if (load.jobs.receipts.failed > 0) problems.push(`${load.jobs.receipts.failed} receipts of jobs failed`);
  if (expectsEveryFault) {
    for (const [kind, { effects }] of Object.entries(faults)) {
      if (effects === 0) problems.push(`the fault "${kind}" had no effect`);
    }
  }
  return problems;
}

/**
 * All sent records are well-formed and of today. A record that is dead or expired nevertheless is lost, usually because
 * of a wrong clock.
 */
function lostRecords({ load: { batch, jobs }, receipts }: TortureReport): number {
  const ofBatch = batch.receipts.expired + Math.max(batch.receipts.dead - batch.malformed, 0);
  return ofBatch + jobs.receipts.expired + jobs.receipts.dead + receipts.wrongDeadLetters;
}

export function reportText(report: TortureReport, problems: readonly string[]): string {
  const { seed, minutes, seconds, cache, load, history, receipts, equality, ownEnds } = report;
  const { verdict } = history;
  return [
    `torture: ${minutes} min, seed ${seed}, cache ${cache}; ${Math.round(seconds)} s in all`,
    "",
    `  stream      ${load.stream.messages} messages (${load.stream.duplicates} repeated, ${load.stream.deletes} deletes, ${load.stream.malformed} malformed)`,
    `  batch       ${load.batch.loads} loads of ${load.batch.rows} rows (${load.batch.malformed} malformed), ${load.batch.repeated} repeated`,
    `  on-demand   ${load.jobs.jobs} jobs of ${load.jobs.records} records, ${load.jobs.sentAgain} sent again`,
    `  writes      ${history.writes} in the history, ${history.unknown} without an outcome; receipts: ${countsText(history.receipts)}`,
    `  reads       ${outcomesText(report.readerOutcomes)}`,
    `  history     ${verdict.operations} operations, ${verdict.reads} reads of ${verdict.keys} keys checked: ${verdict.wrongReads} violations (${history.file})`,
    `  receipts    ${receipts.withReceipt} of ${receipts.sent} records sent have one; ${receipts.deadLetters} dead letters for ${receipts.malformedMessages} malformed messages`,
    `  equality    ${equality.equal} of ${equality.keys} keys: store, cache and what was sent agree (${equality.cached} cached, ${equality.fences} fences left)`,
    `  lost        ${lostRecords(report)} records dead or expired that were neither malformed nor old`,
    `  cache       ${cacheText(report)}`,
    `  pauses      the longest between two acknowledged writes ${report.pauses.longestWriteMs} ms, between two answered reads ${report.pauses.longestReadMs} ms`,
    `  ended       ${endsText(ownEnds)}`,
    "",
    ...faultLines(report.faults),
    ...Object.entries(report.leftOut).map(([fault, reason]) => `  SKIPPED: ${fault}: ${reason}`),
    "",
    ...report.violations,
    ...(problems.length === 0 ? ["all holds"] : problems.map((problem) => `PROBLEM: ${problem}`)),
    "",
  ].join("\n");
}

function faultLines(faults: Readonly<Record<string, FaultCount>>): readonly string[] {
  const width = Math.max(...Object.keys(faults).map(({ length }) => length));
  return [
    `  ${"fault".padEnd(width)}  caused  effects`,
    ...Object.entries(faults).map(
      ([kind, { caused, effects }]) => `  ${kind.padEnd(width)}  ${String(caused).padStart(6)}  ${effects}`,
    ),
  ];
}

function cacheText({ evictedKeys, isFenceThere, cacheEpochs }: TortureReport): string {
  if (isFenceThere !== null)
    return `${evictedKeys} keys evicted; the watched fence ${isFenceThere ? "stayed" : "is GONE"}`;
  const epochs = new Set(cacheEpochs.map(({ epoch }) => epoch)).size;
  const ofMode = (mode: string): number => cacheEpochs.filter((cacheEpoch) => cacheEpoch.mode === mode).length;
  return `${cacheEpochs.length - 1} changes of the cache epoch, ${epochs} epochs: ${ofMode("off")} off, ${ofMode("warm")} warm, ${ofMode("on")} on`;
}

function countsText(counts: ReceiptCounts): string {
  return outcomesText(counts);
}

function outcomesText(outcomes: Readonly<Record<string, number>>): string {
  return Object.entries(outcomes)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(", ");
}

function endsText(ownEnds: Readonly<Record<string, readonly number[]>>): string {
  const some = Object.entries(ownEnds).filter(([, codes]) => codes.length > 0);
  if (some.length === 0) return "no process ended by itself";
  return some
    .map(([name, codes]) => `${name} ${codes.length} times by itself (code ${[...new Set(codes)].join(", ")})`)
    .join("; ");
}
