/**
 * Loads objects into a feature group.
 *
 * The load's id follows from the group and the objects with their ETags and times:
 * repeating a finished load does nothing, and repeating one that was killed,
 * interrupted or has failed goes on with the units that are not done.
 */
import { type FeatureGroup, groupOf } from "@trilane/feature-groups";
import { Checkpoints, type LoadTotals } from "./load/checkpoints.ts";
import { LoadError, messageOf } from "./errors.ts";
import { FooterCache } from "./formats/parquet/footer-cache.ts";
import { type LoadLimits, loadLimitsDefaults } from "./limits.ts";
import type { LoadPlatform } from "./load/load-platform.ts";
import { consumedOf, IncompleteLoadError, type LoadProgress, type LoadReport } from "./report.ts";
import { ObjectReader } from "./s3/object-reader.ts";
import { type Plan, planUnits } from "./load/plan-units.ts";
import { DEAD_LETTER_PREFIX, type ObjectFilter, type PassedOver } from "./s3/passed-over.ts";
import { type DeadMax, RefusalCount, refusalsText, tooManyDead } from "./report/refusals.ts";
import { parseS3Uri, resolveSource } from "./s3/resolve-source.ts";
import { addCounts } from "./load/run-unit.ts";
import { type RunOutcome, runUnits } from "./load/run-units.ts";
import { loadIdentity, type SourceObject } from "./s3/source-object.ts";

export interface LoadOptions {
  readonly platform: LoadPlatform;
  readonly group: string;
  /** `s3://bucket/key`, a prefix that ends in "/", or a manifest (`….manifest.json`). */
  readonly source: string;
  /** The source is a manifest whatever its name. */
  readonly isManifest?: boolean;
  /** Which of the objects under a prefix. Default: all. */
  readonly filter?: ObjectFilter;
  /** No further unit is taken when it fires; see `limits.drainMs`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Default: follows from the group and the objects. */
  readonly loadId?: string;
  /** With more refused rows the load is no success. Default: as long as one row is good, any number. */
  readonly deadMax?: DeadMax;
  readonly limits?: Partial<LoadLimits>;
}

/** What all steps of one load share. */
interface Context {
  readonly options: LoadOptions;
  readonly limits: LoadLimits;
  readonly group: FeatureGroup;
  readonly loadId: string;
  readonly checkpoints: Checkpoints;
  readonly deadLetters: { readonly bucket: string; readonly prefix: string };
  readonly passedOver: readonly PassedOver[];
  readonly refusals: RefusalCount;
  readonly startMs: number;
}

const LOAD_ID_SHAPE = /^[A-Za-z0-9._-]{1,100}$/;

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

/** What a step throws that the signal has ended. */
function isInterruption(error: unknown, signal: AbortSignal | undefined): boolean {
  if (signal?.aborted !== true || !(error instanceof Error)) return false;
  const causes = [error, error.cause];
  return (
    causes.includes(signal.reason) || causes.some((cause) => cause instanceof Error && cause.name === "AbortError")
  );
}

async function loadOnce(options: LoadOptions): Promise<LoadReport> {
  const startMs = options.platform.clock.monotonicMs();
  const limits = { ...loadLimitsDefaults, ...options.limits };
  const group: FeatureGroup = groupOf(options.platform.config, options.group);
  const { objects, passedOver } = await resolveSource({
    s3: options.platform.s3,
    source: options.source,
    isManifest: options.isManifest === true,
    filter: options.filter,
    limits,
    signal: options.signal,
  });
  const context = contextOf({ options, limits, group, objects, passedOver, startMs });
  const begun = await context.checkpoints.begin();
  if (begun.kind === "done") {
    return accepted(context, reportOf(context, { ...begun.totals, unitsBefore: begun.totals.units }, true));
  }
  return runLoad(context, objects);
}

function contextOf(parts: {
  options: LoadOptions;
  limits: LoadLimits;
  group: FeatureGroup;
  objects: readonly SourceObject[];
  passedOver: readonly PassedOver[];
  startMs: number;
}): Context {
  const { options, limits, group, objects, passedOver, startMs } = parts;
  const planId = loadIdentity({ group, objects, ndjsonRangeBytes: limits.ndjsonRangeBytes });
  const loadId = options.loadId ?? planId;
  if (!LOAD_ID_SHAPE.test(loadId)) {
    throw new LoadError("INVALID_SOURCE", `the load id "${loadId}" is not allowed: up to 100 of A-Z a-z 0-9 . _ -`);
  }
  const { dynamodb, settings, clock, random } = options.platform;
  const checkpoints = new Checkpoints({
    dynamodb,
    clock,
    random,
    table: settings.table,
    attemptsMax: limits.outageAttemptsMax,
    signal: options.signal,
    loadId,
    planId,
    group: group.name,
  });
  const { bucket } = parseS3Uri(options.source);
  const deadLetters = { bucket, prefix: `${DEAD_LETTER_PREFIX}${loadId}/` };
  return {
    options,
    limits,
    group,
    loadId,
    checkpoints,
    deadLetters,
    passedOver,
    refusals: new RefusalCount(),
    startMs,
  };
}

async function runLoad(context: Context, objects: readonly SourceObject[]): Promise<LoadReport> {
  const { options, limits, group, checkpoints, deadLetters, refusals } = context;
  const { platform, signal } = options;
  const { s3, clock, random } = platform;
  const reader = new ObjectReader({ s3, clock, random, limits });
  const footers = new FooterCache(reader, limits);
  const plan = await planUnits({ objects, reader, footers, limits, signal });
  const finished = await checkpoints.finishedUnits(plan.units.map(({ id }) => id));
  const outcome = await runUnits(
    plan.units.filter(({ id }) => !finished.has(id)),
    {
      platform,
      group,
      reader,
      footers,
      limits,
      checkpoints,
      deadLetters,
      refusals,
      signal,
      unitsAll: plan.units.length,
      unitsBefore: finished.size,
      onProgress: options.onProgress ?? (() => undefined),
    },
  );
  const { counts } = outcome;
  for (const before of finished.values()) addCounts(counts, before);
  return conclude(context, plan, { ...outcome, unitsBefore: finished.size });
}

async function conclude(
  context: Context,
  plan: Plan,
  outcome: RunOutcome & { readonly unitsBefore: number },
): Promise<LoadReport> {
  const { unitsBefore, counts } = outcome;
  const units = unitsBefore + outcome.unitsDone;
  const totals = { units, counts, unitsBefore };
  const failures = [...plan.failures, ...outcome.failures];
  const report = reportOf(context, totals, false);
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
  // A load that is no success is not done: the same load again comes to the same end, by its checkpoints.
  accepted(context, report);
  await context.checkpoints.finishLoad({ units, counts });
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
  const { loadId, deadLetters, passedOver, refusals, startMs, options } = context;
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
    durationMs: Math.round(options.platform.clock.monotonicMs() - startMs),
  };
}
