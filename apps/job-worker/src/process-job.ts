/**
 * Runs one job: its changes go through the one writer, its dead letters are
 * kept, and its receipts are the answer.
 *
 * A crash anywhere before the answer runs the job again, here or elsewhere. Its
 * records have the same versions as before, so nothing changes. Only a refresh
 * asks its resolver anew, and writes the record that is current then.
 */
import { type DeadMax, IncompleteLoadError, isMoreThan, LoadError, type LoadReport } from "@trilane/batch-loader";
import {
  askedPlaces,
  encodeKey,
  type FeatureChange,
  FeatureGroupError,
  groupOf,
  jobPlaces,
  type Place,
} from "@trilane/feature-groups";
import {
  confirmedNowMs,
  decidingFailure,
  endsLane,
  type Platform,
  type RetryPolicy,
  shownMessage,
  writeUntilSettled,
} from "@trilane/lane-kit";
import { CoreError, decided, fillGaps, NO_VERSION, open, type Receipt, type Slot } from "@trilane/write-through";
import { JobError } from "./errors.ts";
import type { JobData, ParsedJob } from "./decode.ts";
import { type EraseResult, type JobReceipt, type JobResult, type WriteResult, writeResult } from "./job-results.ts";
import type { EntityFields, Resolvers } from "./resolvers.ts";
import type { SlowJobs } from "./slow-jobs.ts";

export interface JobContext {
  readonly platform: Pick<Platform, "config" | "clock" | "random" | "writer" | "metrics" | "subjects"> & {
    readonly cacheEpoch: Pick<Platform["cacheEpoch"], "timeOfDay">;
  };
  readonly resolvers: Resolvers;
  readonly retry: RetryPolicy;
  /** Fires when the job must not go on, because its lock is lost or the worker must end. */
  readonly signal: AbortSignal;
  /** Fires when the worker is asked to end; a load then stops after the work units under way. */
  readonly stopSignal: AbortSignal;
  /** The turns of jobs that wait for something else than the writer. */
  readonly slowJobs: Pick<SlowJobs, "run">;
  readonly jobId: string;
  /** Milliseconds since 1970 when the job was sent, the same at every attempt; null where its sender gave no time. */
  readonly createdMs: number | null;
  /** With more refused records the job fails; null: any number may be refused. */
  readonly deadMax: DeadMax | null;
  /** Keeps the dead ones of `inputs`; resolves when they are kept. */
  keepDead(
    group: string,
    written: { readonly inputs: readonly unknown[]; readonly receipts: readonly JobReceipt[] },
  ): Promise<void>;
  /** Loads a source until the signal fires. @throws LoadError */
  load(request: { readonly group: string; readonly source: string; readonly signal: AbortSignal }): Promise<LoadReport>;
  /** Erases persons; resolves when that is in force. */
  erase(request: JobData<"erase">): Promise<EraseResult>;
  /** Reports that no job can be written in the present state. */
  onFatal(error: CoreError): void;
}

const US_PER_MS = 1_000;

/** @throws JobError, LoadError, or the error with which a resolver rejected */
export async function processJob(job: ParsedJob, context: JobContext): Promise<JobResult> {
  if (job.name === "erase") return context.erase(job.data);
  checkGroup(job.data.group, context);
  switch (job.name) {
    case "put": {
      const { group, records, erased } = job.data;
      const written = { kind: "put", group, inputs: records, placeOf: placesOf(context) } as const;
      return write({ ...written, sourceTimeMs: sentMs(context), erased: new Set(erased) }, context);
    }
    case "delete": {
      const { group, keys } = job.data;
      const written = { kind: "delete", group, inputs: keys, placeOf: placesOf(context) } as const;
      return write({ ...written, sourceTimeMs: sentMs(context) }, context);
    }
    case "refresh":
      return slowly(context, () => refresh(job.data, context));
    case "load":
      return slowly(context, async () => ({ kind: "loaded", report: await runLoad(job.data, context) }));
  }
}

/** @throws JobError JOB_ABORTED where the job must not go on before its turn has come */
function slowly({ slowJobs, signal, stopSignal }: JobContext, work: () => Promise<JobResult>): Promise<JobResult> {
  return slowJobs.run(signal, async () => {
    if (!signal.aborted && !stopSignal.aborted) return work();
    const reason = signal.aborted ? signal.reason : stopSignal.reason;
    throw new JobError("JOB_ABORTED", `interrupted before it began: ${shownMessage(reason)}`);
  });
}

function checkGroup(group: string, { platform }: JobContext): void {
  try {
    groupOf(platform.config, group);
  } catch (cause) {
    throw new JobError("INVALID_JOB", shownMessage(cause), { cause });
  }
}

type PlaceOf = (index: number) => Place;

/** A later record of a job's list has a later place. A job without a time also keeps its places at every attempt. */
function placesOf({ createdMs, jobId }: JobContext): PlaceOf {
  return jobPlaces({ timeMs: createdMs, id: jobId });
}

function sentMs(context: JobContext): number {
  return context.createdMs ?? nowMs(context);
}

/** @throws JobError WRITE_FAILED while no server confirms the time: the job goes back to the queue */
function nowMs(context: JobContext): number {
  try {
    return confirmedNowMs(context.platform);
  } catch (error) {
    if (error instanceof CoreError) throw failedWrite(error, 1, context);
    throw error;
  }
}

/** The changes of one job. */
interface JobChanges {
  readonly kind: FeatureChange["kind"];
  readonly group: string;
  readonly inputs: readonly unknown[];
  readonly placeOf: PlaceOf;
  /** Milliseconds since 1970: the time of changes that have no time of their own. */
  readonly sourceTimeMs: number;
  /** Positions of inputs that have left the job, because their person was erased. */
  readonly erased?: ReadonlySet<number>;
}

const NOBODY: ReadonlySet<number> = new Set();
const ERASED: Receipt = { status: "erased", version: NO_VERSION };

/**
 * The resolver's answer was current when it was asked, not when the job was sent. Of two refreshes that run in the
 * other order, the later answer must win.
 */
async function refresh({ group, key }: JobData<"refresh">, context: JobContext): Promise<JobResult> {
  const { resolvers, signal } = context;
  const entity = entityOf(group, key, context);
  const resolver = Object.hasOwn(resolvers, group) ? resolvers[group] : undefined;
  if (resolver === undefined) {
    const remedy = "name a module that exports one with --resolvers";
    throw new JobError("INVALID_RESOLVER", `the group "${group}" has no resolver: ${remedy}`);
  }
  const askedMs = nowMs(context);
  const record = await resolver(key, { group, signal });
  const asked = { group, placeOf: askedPlaces(askedMs), sourceTimeMs: askedMs };
  if (record === null) return write({ kind: "delete", inputs: [key], ...asked }, context);
  if (entityOf(group, record, context) !== entity) {
    throw new JobError(
      "INVALID_RESOLVER",
      `asked for the entity ${entity}, the resolver of "${group}" answered another`,
    );
  }
  return write({ kind: "put", inputs: [record], ...asked }, context);
}

function entityOf(group: string, fields: EntityFields, { platform }: JobContext): string {
  try {
    return encodeKey(groupOf(platform.config, group), fields as Parameters<typeof encodeKey>[1], platform.subjects);
  } catch (cause) {
    if (cause instanceof FeatureGroupError) throw new JobError("INVALID_JOB", cause.message, { cause });
    throw cause;
  }
}

async function write(
  { kind, group, inputs, placeOf, sourceTimeMs, erased = NOBODY }: JobChanges,
  context: JobContext,
): Promise<JobResult> {
  const { platform, signal, retry } = context;
  const changes = inputs.map((input, index): FeatureChange => ({ kind, group, input, place: placeOf(index) }));
  const sourceTimeUs = sourceTimeMs * US_PER_MS;
  const writeAll = (left: readonly FeatureChange[]): Promise<readonly Receipt[]> =>
    writeUntilSettled(platform, left, { lane: "on-demand", signal, retry, sourceTimeUs });
  const receipts = await (erased.size === 0 ? writeAll(changes) : fillGaps(slotsOf(changes, erased), writeAll));
  const failure = decidingFailure(receipts);
  const settled = receipts.filter((receipt) => receipt.status !== "failed");
  if (failure !== null) throw failedWrite(failure, receipts.length - settled.length, context);
  await context.keepDead(group, { inputs, receipts: settled });
  const result = writeResult(settled);
  checkDead(result, context.deadMax);
  return result;
}

function slotsOf(
  changes: readonly FeatureChange[],
  erased: ReadonlySet<number>,
): readonly Slot<Receipt, FeatureChange>[] {
  return changes.map((change, index) => (erased.has(index) ? decided(ERASED) : open(change)));
}

/** @throws JobError RECORDS_REFUSED */
function checkDead({ receipts, counts }: WriteResult, deadMax: DeadMax | null): void {
  if (deadMax === null || !isMoreThan(deadMax, counts.dead, receipts.length)) return;
  const first = receipts.find((receipt) => receipt.status === "dead");
  const reason = first?.status === "dead" ? `, the first with ${first.reason}` : "";
  const problem = `${counts.dead} of ${receipts.length} records were refused${reason}, which is more than --dead-max`;
  throw new JobError("RECORDS_REFUSED", `${problem}. The others are written, and each refused one is kept`);
}

function failedWrite(cause: CoreError, failed: number, { signal, onFatal }: JobContext): JobError {
  if (signal.aborted) return new JobError("JOB_ABORTED", `interrupted: ${shownMessage(signal.reason)}`, { cause });
  if (endsLane(cause)) onFatal(cause);
  return new JobError("WRITE_FAILED", `${failed} records were not written: ${cause.code}: ${cause.message}`, { cause });
}

async function runLoad({ group, source }: JobData<"load">, context: JobContext): Promise<LoadReport> {
  const signal = AbortSignal.any([context.signal, context.stopSignal]);
  try {
    return await context.load({ group, source, signal });
  } catch (cause) {
    if (signal.aborted) throw new JobError("JOB_ABORTED", `interrupted: ${shownMessage(cause)}`, { cause });
    throw cause;
  }
}

/** True where another attempt may succeed. Unknown errors are a resolver's, whose source may answer later. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof IncompleteLoadError) return error.failures.some(isRetryable);
  if (error instanceof JobError || error instanceof LoadError) return error.retryable;
  return !(error instanceof FeatureGroupError);
}
