/**
 * Loads objects into a feature group.
 *
 * The load's id follows from the group and from the objects with their ETags
 * and times. Repeating a finished load does nothing. Repeating a load that was
 * killed, interrupted or has failed continues with the units that are not done.
 */
import { consumedOf } from "./report/consumed-of.ts";
import { type FeatureGroup, groupOf, RankScan } from "@trilane/feature-groups";
import { retryDefaults } from "@trilane/lane-kit";
import { addCounts, messageOf, noReceipts } from "@trilane/write-through";
import { DeadLetters } from "./dead-letters.ts";
import { columnsNeededBy, columnsTakenBy } from "./decode.ts";
import { reduceLoad } from "./engine/reduce-load.ts";
import { LoadError } from "./errors.ts";
import { openFormats } from "./formats/index.ts";
import { type LoadLimits, loadLimitsDefaults } from "./limits.ts";
import type { LoadTotals } from "./load/checkpoint-store.ts";
import { beginLoad, type Checkpoints } from "./load/checkpoints.ts";
import { checkLoadId, planIdOf } from "./load/load-id.ts";
import type { LoadPlatform } from "./load/load-platform.ts";
import type { LoadStores } from "./load/load-stores.ts";
import { contentsOf, type Selection, selectObjects } from "./load/select-objects.ts";
import { type Plan, planUnits } from "./load/plan-units.ts";
import { beatenInStore } from "./load/large-rows.ts";
import { beginUnit, type UnitOptions } from "./load/run-unit.ts";
import { isOfObject, type RunOutcome, runUnits } from "./load/run-units.ts";
import type { WorkUnit } from "./load/work-unit.ts";
import { WritePace } from "./load/write-pace.ts";
import { IncompleteLoadError, type LoadProgress, type LoadReport } from "./report.ts";
import { LoadProgressSum } from "./report/load-progress-sum.ts";
import { ObjectTally } from "./report/object-tally.ts";
import { NO_REDUCTION, type ReductionReport, reductionReportOf, tallyReduced } from "./report/reduction-report.ts";
import { type DeadMax, RefusalCount, refusalsText, tooManyDead } from "./report/refusals.ts";
import { ObjectReader } from "./s3/object-reader.ts";
import { DEAD_LETTER_PREFIX, type ObjectFilter, type PassedOver } from "./s3/passed-over.ts";
import { parseS3Uri, resolveSource } from "./s3/resolve-source.ts";
import { type SourceObject, uriOf } from "./s3/source-object.ts";

export interface LoadOptions {
  readonly platform: LoadPlatform;
  readonly stores: LoadStores;
  readonly group: string;
  /** `s3://bucket/key`, a prefix that ends in "/", or a manifest (`….manifest.json`). */
  readonly source: string;
  /** The source is a manifest, whatever its name is. */
  readonly isManifest?: boolean;
  /** Chooses among the objects under a prefix. Default: all. */
  readonly filter?: ObjectFilter;
  /** Called with the source, and with each object that a manifest names. Default: every address is allowed. */
  readonly isAllowed?: (uri: string) => boolean;
  /** When it fires, no further unit is taken; see `limits.drainMs`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Default: the id that follows from the group and the objects. */
  readonly loadId?: string;
  /** With more refused rows the load fails. Default: any number, as long as one row is good. */
  readonly deadMax?: DeadMax;
  /** Leaves out objects whose content was loaded last from their address, by the same definition. Default: no. */
  readonly skipUnchanged?: boolean;
  readonly limits?: Partial<LoadLimits>;
}

/** The values that all steps of one load share. */
interface Context {
  readonly options: LoadOptions;
  readonly limits: LoadLimits;
  readonly group: FeatureGroup;
  readonly loadId: string;
  readonly deadLetters: { readonly bucket: string; readonly prefix: string };
  readonly passedOver: readonly PassedOver[];
  readonly refusals: RefusalCount;
  /** Which of the objects are taken. */
  readonly selection: Selection;
  readonly tally: ObjectTally;
  /** How the units were loaded. */
  readonly reduced: ReductionReport;
  readonly startMs: number;
}

/**
 * Resolves when every row of every object has its receipt and is checkpointed.
 * @throws FeatureGroupError UNKNOWN_GROUP; LoadError; IncompleteLoadError, with a report, when some units are not done
 */
export async function load(options: LoadOptions): Promise<LoadReport> {
  try {
    return await loadOnce(options);
  } catch (error) {
    if (!isInterruption(error, options.signal)) throw error;
    throw new LoadError("INTERRUPTED", "the load was interrupted before its first unit. Run it again", {
      cause: error,
    });
  }
}

/** True for the error of a step that the signal has ended. */
function isInterruption(error: unknown, signal: AbortSignal | undefined): boolean {
  if (signal?.aborted !== true || !(error instanceof Error)) return false;
  const causes = [error, error.cause];
  return (
    causes.includes(signal.reason) || causes.some((cause) => cause instanceof Error && cause.name === "AbortError")
  );
}

async function loadOnce(options: LoadOptions): Promise<LoadReport> {
  const { platform, stores, source, signal } = options;
  const startMs = platform.clock.monotonicMs();
  const limits = { ...loadLimitsDefaults, ...stores.limits, ...options.limits };
  const group: FeatureGroup = groupOf(platform.config, options.group);
  const isManifest = options.isManifest === true;
  const { filter, isAllowed } = options;
  const { s3, letterPlace } = stores;
  const found = await resolveSource({ s3, source, isManifest, filter, isAllowed, letterPlace, limits, signal });
  const { passedOver } = found;
  const store = stores.checkpoints({ attemptsMax: limits.outageAttemptsMax, signal });
  const selection = await selectObjects(store, group, found.objects, options.skipUnchanged === true);
  const { objects, unchanged } = selection;
  const planId = planIdOf({ group, objects, limits });
  const loadId = options.loadId ?? planId;
  checkLoadId(loadId);
  const place = letterPlace ?? { bucket: parseS3Uri(source).bucket, prefix: DEAD_LETTER_PREFIX };
  const deadLetters = { ...place, prefix: `${place.prefix}${loadId}/` };
  const refusals = new RefusalCount();
  const tally = new ObjectTally(objects.map(uriOf), unchanged.map(uriOf));
  const common = { options, limits, group, loadId, deadLetters, passedOver };
  const context = { ...common, refusals, selection, tally, reduced: NO_REDUCTION, startMs };
  if (objects.length === 0) return reportOf(context, { units: 0, unitsBefore: 0, counts: noReceipts() }, true);
  const begun = await beginLoad(store, { loadId, planId, group: group.name });
  if (begun.kind === "done") {
    return accepted(context, reportOf(context, { ...begun.totals, unitsBefore: begun.totals.units }, true));
  }
  await begun.checkpoints.beginObjects(selection.target, contentsOf(objects));
  return runLoad(context, objects, begun.checkpoints);
}

async function runLoad(
  context: Context,
  objects: readonly SourceObject[],
  checkpoints: Checkpoints,
): Promise<LoadReport> {
  const { options, limits, group, tally } = context;
  const { signal, platform, stores, onProgress = () => undefined } = options;
  const { clock, random } = platform;
  const reader = new ObjectReader({ s3: stores.s3, clock, random, limits });
  const columns = { columnsNeeded: columnsNeededBy(group), columnsTaken: columnsTakenBy(group) };
  const formats = openFormats({ ...columns, ranks: RankScan.of(group), limits });
  const plan = await planUnits({ objects, reader, formats, limits, signal });
  const { units } = plan;
  const finished = await checkpoints.finishedUnits(units.map(({ id }) => id));
  const unitOptions = unitOptionsOf(context, { reader, checkpoints });
  const progress = new LoadProgressSum({ clock, unitsAll: units.length, unitsBefore: finished.size, onProgress });
  const { engine } = stores;
  const isFinished = ({ id }: WorkUnit): boolean => finished.has(id);
  const given = { engine, group, objects, units, isFinished, unitOptions, checkpoints, limits, signal };
  const reduced = await reduceLoad({ ...given, onReceipts: (counts) => progress.add(counts) });
  for (const failure of [...plan.failures, ...reduced.failures]) {
    if (failure instanceof LoadError && failure.object !== null) tally.failed(failure.object);
  }
  for (const unit of units) {
    tally.expect(uriOf(unit.object));
    const before = finished.get(unit.id);
    if (before !== undefined) tally.done(uriOf(unit.object), before.counts);
  }
  tallyReduced(reduced, tally);
  progress.unitsDone(reduced.done.length);
  const outcome = await runUnits(reduced.rowUnits, {
    run: (unit, call) => tally.watch(uriOf(unit.object), call, (watched) => beginUnit(unit, unitOptions, watched)),
    othersAreLeft: [...plan.failures, ...reduced.failures].some((failure) => !isOfObject(failure)),
    clock,
    limits,
    signal,
    onReceipts: (counts) => progress.add(counts),
    onUnitDone: () => progress.unitsDone(1),
  });
  const { counts } = outcome;
  for (const before of finished.values()) addCounts(counts, before.counts);
  addCounts(counts, reduced.counts);
  const failures = [...reduced.failures, ...outcome.failures];
  const unitsDone = outcome.unitsDone + reduced.done.length - reduced.doneBefore;
  const all = { counts, failures, unitsDone, unitsBefore: finished.size + reduced.doneBefore };
  return conclude({ context: { ...context, reduced: reductionReportOf(reduced) }, plan, checkpoints }, all);
}

function unitOptionsOf(
  { options, limits, group, deadLetters, refusals }: Context,
  { reader, checkpoints }: Pick<UnitOptions, "reader" | "checkpoints">,
): UnitOptions {
  const { platform, stores } = options;
  const { clock, random } = platform;
  const { attemptsMax, deadLetterPartBytes: partBytes, outageAttemptsMax } = limits;
  const common = { s3: stores.s3, clock, random, attemptsMax, partBytes, ...deadLetters };
  const { writesPerSecond } = stores;
  return {
    pace: new WritePace({ clock, writesPerSecond }),
    platform,
    areBeaten: beatenInStore(platform),
    group: group.name,
    reader,
    checkpoints,
    refusals,
    deadLettersOf: ({ id, object }) => new DeadLetters({ ...common, unitId: id, object: uriOf(object) }),
    // A load waits for the store: its slice is bounded, and nothing else would begin meanwhile.
    retry: { ...retryDefaults, attemptsMax: outageAttemptsMax },
  };
}

async function conclude(
  { context, plan, checkpoints }: { readonly context: Context; readonly plan: Plan; readonly checkpoints: Checkpoints },
  outcome: RunOutcome & { readonly unitsBefore: number },
): Promise<LoadReport> {
  const { unitsBefore, counts } = outcome;
  const units = unitsBefore + outcome.unitsDone;
  const totals = { units, counts, unitsBefore };
  const failures = [...plan.failures, ...outcome.failures];
  const report = reportOf(context, totals, false);
  const { target, objects } = context.selection;
  const left = plan.units.length - units;
  if (failures.length > 0) {
    const done = `${units} of ${plan.units.length} units are loaded`;
    const messages = failures.map(messageOf).join("\n  ");
    const text = `the load ${context.loadId} is not complete, ${done}:\n  ${messages}`;
    throw new IncompleteLoadError("UNITS_FAILED", text, { report, failures });
  }
  if (left > 0) {
    const text = `the load ${context.loadId} was interrupted with ${left} of ${plan.units.length} units left. Run it again: it resumes`;
    throw new IncompleteLoadError("INTERRUPTED", text, { report, failures });
  }
  // A failed load is not done: the same load again comes to the same end, by its checkpoints.
  accepted(context, report);
  await checkpoints.finishObjects(target, contentsOf(objects));
  await checkpoints.finishLoad({ units, counts });
  return reportOf(context, totals, false);
}

/** @throws IncompleteLoadError ROWS_REFUSED */
function accepted({ loadId, options }: Context, report: LoadReport): LoadReport {
  const problem = tooManyDead(report.receipts, options.deadMax ?? null);
  if (problem === null) return report;
  const reasons = report.refusals.length === 0 ? "" : `: ${refusalsText(report.refusals)}`;
  const text = `the load ${loadId} is no success, ${problem}${reasons}. Each with what it held is in ${report.deadLetters}`;
  throw new IncompleteLoadError("ROWS_REFUSED", text, { report, failures: [] });
}

function reportOf(
  context: Context,
  { units, unitsBefore, counts }: LoadTotals & { readonly unitsBefore: number },
  alreadyDone: boolean,
): LoadReport {
  const { loadId, deadLetters, passedOver, refusals, selection, tally, reduced, startMs, options, limits } = context;
  return {
    loadId,
    alreadyDone,
    units,
    unitsBefore,
    consumed: consumedOf(counts),
    receipts: counts,
    deadLetters: counts.dead === 0 ? null : `s3://${deadLetters.bucket}/${deadLetters.prefix}`,
    refusals: refusals.all(),
    passedOver,
    unfinished: tally.unfinished(),
    unchanged: selection.unchanged.length,
    reduced,
    // The results of each object of a load that was done before are not kept.
    objects: alreadyDone ? tally.unchanged(limits.objectsReportedMax) : tally.all(limits.objectsReportedMax),
    durationMs: Math.round(options.platform.clock.monotonicMs() - startMs),
  };
}
