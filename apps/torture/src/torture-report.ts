/** The report of a run for people, and its problems, of which a single one fails it. */
import type { HistoryVerdict, MergedHistory } from "@trilane/verification/history";
import type { ReceiptCounts } from "@trilane/write-through";
import type { Pauses } from "./audit/audit-pauses.ts";
import type { EqualityAudit } from "./audit/audit-equality.ts";
import type { ErasuresAudit } from "./audit/audit-erasures.ts";
import type { ExpiryAudit } from "./audit/audit-expiry.ts";
import type { ReceiptsAudit } from "./audit/audit-receipts.ts";
import type { ReportsAudit } from "./audit/audit-reports.ts";
import type { FaultCount } from "./faults/fault-log.ts";
import type { SeenCacheEpoch } from "./cache-epoch-watch.ts";
import type { BatchLoadReport } from "./workload/batch-load.ts";
import type { EraseLoadReport } from "./workload/erase-load.ts";
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
    readonly erasures: EraseLoadReport;
    /** The work that stood still after the end of the faults, until all processes were killed. */
    readonly stuck: readonly string[];
  };
  readonly history: Pick<MergedHistory, "reads" | "writes" | "unknown" | "receipts"> & {
    readonly file: string;
    readonly verdict: HistoryVerdict;
  };
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
  /** The reports of lanes that ended in order. */
  readonly reports: ReportsAudit;
  readonly expiry: ExpiryAudit;
  readonly equality: EqualityAudit;
  /** Null in a run in which nobody is erased. */
  readonly erasures: ErasuresAudit | null;
  /** The cache epochs as they were seen from outside. */
  readonly cacheEpochs: readonly SeenCacheEpoch[];
  readonly pauses: Pauses;
  /** Null in a run that loses the cache. */
  readonly evictedKeys: number | null;
  /** Null in a run that loses the cache. */
  readonly isFenceThere: boolean | null;
  /** Actions that a process tried and its rights did not allow; null where the processes come by open ways. */
  readonly refused: readonly string[] | null;
}

export interface ReportChecks {
  /** A short run need not meet every kind of fault. */
  readonly expectsEveryFault: boolean;
}

export function problemsOf(report: TortureReport, { expectsEveryFault }: ReportChecks): readonly string[] {
  const { history, receipts, expiry, equality, erasures, load, faults, isFenceThere } = report;
  const problems: string[] = [];
  if (history.verdict.wrongReads > 0) problems.push(`${history.verdict.wrongReads} reads were wrong`);
  if (history.verdict.reads === 0) problems.push("nothing was read");
  if (receipts.messagesWithReceipt !== receipts.messages) {
    problems.push(`${receipts.messages - receipts.messagesWithReceipt} messages have no receipt of the stream lane`);
  }
  if (expiry.wrong > 0) problems.push(`${expiry.wrong} times the life of a record itself was not kept`);
  if (erasures !== null) problems.push(...erasureProblems(erasures, expectsEveryFault));
  if (receipts.withReceipt !== receipts.sent) {
    problems.push(`${receipts.sent - receipts.withReceipt} of ${receipts.sent} records have no receipt`);
  }
  if (equality.equal !== equality.keys) problems.push(`${equality.keys - equality.equal} keys are not equal`);
  if (load.stuck.length > 0) {
    problems.push(`the lanes did not come to rest by themselves after the faults: ${load.stuck.join(", ")}`);
  }
  if (isFenceThere === false && epochsOf(report) === 1) problems.push("the watched fence is gone");
  const lost = lostRecords(report);
  if (lost > 0) problems.push(`${lost} records were dead that were not malformed`);
  problems.push(...report.edgeProblems, ...receipts.problems, ...expiry.problems, ...equality.problems);
  problems.push(...report.reports.problems, ...load.batch.problems);
  if (load.jobs.receipts.failed > 0) problems.push(`${load.jobs.receipts.failed} receipts of jobs failed`);
  if (expectsEveryFault) {
    for (const [kind, { effects }] of Object.entries(faults)) {
      if (effects === 0) problems.push(`the fault "${kind}" had no effect`);
    }
  }
  problems.push(...(report.refused ?? []).map((action) => `docs/rights.md does not allow: ${action}`));
  return problems;
}

function erasureProblems(
  { wrong, scan, problems, erasures, resumed }: ErasuresAudit,
  expectsEveryFault: boolean,
): readonly string[] {
  const found: string[] = [...problems, ...scan.problems];
  if (wrong > 0) found.push(`${wrong} answers or receipts do not fit the erasures`);
  if (erasures === 0) found.push("nobody was erased");
  if (expectsEveryFault && resumed === 0) found.push("no erasure was left to another process by its eraser");
  return found;
}

/**
 * All sent records are well-formed and of today. A record that is dead nevertheless is lost, usually because of a wrong
 * clock. The audit of expiry looks at those that are expired.
 */
function lostRecords({ load: { batch, jobs }, receipts }: TortureReport): number {
  const ofBatch = Math.max(batch.receipts.dead - batch.malformed, 0);
  return ofBatch + jobs.receipts.dead + receipts.wrongDeadLetters;
}

export function reportText(report: TortureReport, problems: readonly string[]): string {
  const { seed, minutes, seconds, cache, load, history, receipts, expiry, equality, ownEnds } = report;
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
    `  receipts    ${receipts.withReceipt} of ${receipts.sent} records sent have one; ${receipts.messagesWithReceipt} of ${receipts.messages} messages have one of the stream lane; ${receipts.deadLetters} dead letters for ${receipts.malformedMessages} malformed messages`,
    `  reports     ${report.reports.reports} reports of lanes, ${report.reports.consumed} records consumed: ${report.reports.problems.length === 0 ? "each is the sum of its receipts" : "the receipts do NOT add up"}`,
    `  lives       ${expiry.expired} writes of records that were over on arrival, ${expiry.hidden} reads of records that were over: ${expiry.wrong} wrong`,
    `  equality    ${equality.equal} of ${equality.keys} keys: store, cache and what was sent agree (${equality.cached} cached, ${equality.fences} fences left)`,
    ...erasureLines(report),
    `  lost        ${lostRecords(report)} records dead that were not malformed`,
    `  cache       ${cacheText(report)}`,
    ...(report.refused === null
      ? []
      : [`  rights      TLS, logins and least rights; ${report.refused.length} actions refused`]),
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

function erasureLines({ erasures: audit, load }: TortureReport): readonly string[] {
  if (audit === null) return [];
  const { erasures, lifts, resumed, removed, sweeps, hidden, wrong, persons, scan } = audit;
  const { jobs, commands } = load.erasures;
  const finds = scan.places.reduce((sum, place) => sum + place.finds, 0);
  return [
    `  erasures    ${erasures} and ${lifts} lifts, ${jobs} jobs and ${commands} commands among them; ${resumed} came into force without their eraser; ${sweeps} sweeps removed ${removed} records`,
    `  erased      ${hidden} reads found none because of an erasure; ${wrong} answers or receipts do not fit the erasures`,
    `  scan        of ${persons} persons erased: ${finds} finds; a planted marker was found in ${scan.planted} of ${scan.places.length} places`,
    ...scan.places.map(({ place, looked, bytes, finds: own, others }) => {
      const rest = others > 0 ? `, ${others} of persons who are not erased` : "";
      return `    ${place.padEnd(15)} ${looked} looked at, ${bytes} bytes: ${own} finds${rest}`;
    }),
  ];
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
  const epochs = epochsOf({ cacheEpochs });
  if (isFenceThere !== null) {
    const gone = epochs === 1 ? "is GONE" : `is gone with its epoch, of ${epochs}`;
    return `${evictedKeys} keys evicted; the watched fence ${isFenceThere ? "stayed" : gone}`;
  }
  const ofMode = (mode: string): number => cacheEpochs.filter((cacheEpoch) => cacheEpoch.mode === mode).length;
  return `${cacheEpochs.length - 1} changes of the cache epoch, ${epochs} epochs: ${ofMode("off")} off, ${ofMode("warm")} warm, ${ofMode("on")} on`;
}

/** On a machine that has no time for it, a cache may be silent for longer than it may be, and then an epoch begins. */
function epochsOf({ cacheEpochs }: Pick<TortureReport, "cacheEpochs">): number {
  return Math.max(1, new Set(cacheEpochs.map(({ epoch }) => epoch)).size);
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
