/**
 * Runs one job: its changes through the one writer, its dead letters, then
 * its receipts as the answer.
 *
 * A crash anywhere before the answer runs the job again, here or elsewhere;
 * its records have the versions that they had, so nothing changes. Only a
 * refresh asks its resolver anew, and writes what is current then.
 */
import { IncompleteLoadError, LoadError, type LoadReport } from "@trilane/batch-loader";
import {
  askedPlaces,
  encodeKey,
  type FeatureChange,
  FeatureGroupError,
  groupOf,
  jobPlaces,
  type Place,
} from "@trilane/feature-groups";
import { confirmedNowMs, type Platform, type RetryPolicy, writeUntilSettled } from "@trilane/lane-kit";
import { CoreError } from "@trilane/write-through";
import { JobError, messageOf } from "./errors.ts";
import type { JobData, ParsedJob } from "./decode.ts";
import { type JobReceipt, type JobResult, writeResult } from "./job-results.ts";
import type { EntityFields, Resolvers } from "./resolvers.ts";

export interface ProcessContext {
  readonly platform: Platform;
  readonly resolvers: Resolvers;
  readonly retry: RetryPolicy;
  /** The job must not go on: its lock is lost, or the worker must end. */
  readonly signal: AbortSignal;
  /** The worker is asked to end: a load stops after the work units under way. */
  readonly stopSignal: AbortSignal;
  readonly jobId: string;
  /** Milliseconds since 1970 when the job was sent: the same at every attempt; null where its sender gave no time. */
  readonly createdMs: number | null;
  /** Keeps the dead ones of `inputs`; resolves when they are kept. */
  keepDead(group: string, inputs: readonly unknown[], receipts: readonly JobReceipt[]): Promise<void>;
  /** Loads a source until the signal fires. @throws LoadError */
  load(request: { readonly group: string; readonly source: string; readonly signal: AbortSignal }): Promise<LoadReport>;
  /** No job can be written as things are. */
  onFatal(error: CoreError): void;
}

/** What is wrong with the whole process and not with one record. */
const FATAL_CODES: ReadonlySet<string> = new Set(["CACHE_MISCONFIGURED", "STORE_REJECTED"]);
const US_PER_MS = 1_000;

/** @throws JobError, LoadError, or what a resolver rejected with. */
export async function processJob(job: ParsedJob, context: ProcessContext): Promise<JobResult> {
  checkGroup(job.data.group, context);
  switch (job.name) {
    case "put": {
      const { group, records } = job.data;
      return write(group, records, changesOf("put", group, records, placesOf(context)), sentMs(context), context);
    }
    case "delete": {
      const { group, keys } = job.data;
      return write(group, keys, changesOf("delete", group, keys, placesOf(context)), sentMs(context), context);
    }
    case "refresh":
      return refresh(job.data, context);
    case "load":
      return { kind: "loaded", report: await runLoad(job.data, context) };
  }
}

function checkGroup(group: string, { platform }: ProcessContext): void {
  try {
    groupOf(platform.config, group);
  } catch (cause) {
    throw new JobError("INVALID_JOB", messageOf(cause), { cause });
  }
}

type PlaceOf = (index: number) => Place;

/** What comes later in a job's list is later; a job without a time keeps its places at every attempt all the same. */
function placesOf({ createdMs, jobId }: ProcessContext): PlaceOf {
  return jobPlaces({ timeMs: createdMs, id: jobId });
}

function sentMs(context: ProcessContext): number {
  return context.createdMs ?? nowMs(context);
}

/** @throws JobError WRITE_FAILED while no server confirms the time: the job goes back to the queue */
function nowMs(context: ProcessContext): number {
  try {
    return confirmedNowMs(context.platform);
  } catch (error) {
    if (error instanceof CoreError) throw failedWrite(error, 1, context);
    throw error;
  }
}

function changesOf(
  ...[kind, group, inputs, placeOf]: [FeatureChange["kind"], string, readonly unknown[], PlaceOf]
): readonly FeatureChange[] {
  return inputs.map((input, index) => ({ kind, group, input, place: placeOf(index) }));
}

/**
 * What the resolver answers is what was current when it was asked, not when the job was sent: of two
 * refreshes that run in the other order, the later answer must win.
 */
async function refresh({ group, key }: JobData<"refresh">, context: ProcessContext): Promise<JobResult> {
  const { resolvers, signal } = context;
  const entity = entityOf(group, key, context);
  const resolver = Object.hasOwn(resolvers, group) ? resolvers[group] : undefined;
  if (resolver === undefined) {
    const remedy = "name a module that exports one with --resolvers";
    throw new JobError("INVALID_RESOLVER", `the group "${group}" has no resolver: ${remedy}`);
  }
  const askedMs = nowMs(context);
  const record = await resolver(key, { group, signal });
  const placeOf = askedPlaces(askedMs);
  if (record === null) return write(group, [key], changesOf("delete", group, [key], placeOf), askedMs, context);
  if (entityOf(group, record, context) !== entity) {
    throw new JobError(
      "INVALID_RESOLVER",
      `asked for ${JSON.stringify(key)}, the resolver of "${group}" answered another`,
    );
  }
  return write(group, [record], changesOf("put", group, [record], placeOf), askedMs, context);
}

function entityOf(group: string, fields: EntityFields, { platform }: ProcessContext): string {
  try {
    return encodeKey(groupOf(platform.config, group), fields as Parameters<typeof encodeKey>[1]);
  } catch (cause) {
    if (cause instanceof FeatureGroupError) throw new JobError("INVALID_JOB", cause.message, { cause });
    throw cause;
  }
}

async function write(
  group: string,
  inputs: readonly unknown[],
  changes: readonly FeatureChange[],
  sourceTimeMs: number,
  context: ProcessContext,
): Promise<JobResult> {
  const { platform, signal, retry } = context;
  const receipts = await writeUntilSettled(platform, changes, {
    lane: "on-demand",
    signal,
    retry,
    sourceTimeUs: sourceTimeMs * US_PER_MS,
  });
  const settled: JobReceipt[] = [];
  const failures: CoreError[] = [];
  for (const receipt of receipts) {
    if (receipt.status === "failed") failures.push(receipt.error);
    else settled.push(receipt);
  }
  const failure = failures.find((error) => !error.retryable) ?? failures[0];
  if (failure !== undefined) throw failedWrite(failure, failures.length, context);
  await context.keepDead(group, inputs, settled);
  return writeResult(settled);
}

function failedWrite(cause: CoreError, failed: number, { signal, onFatal }: ProcessContext): JobError {
  if (signal.aborted) return new JobError("JOB_ABORTED", `interrupted: ${messageOf(signal.reason)}`, { cause });
  if (FATAL_CODES.has(cause.code)) onFatal(cause);
  return new JobError("WRITE_FAILED", `${failed} records were not written: ${cause.code}: ${cause.message}`, { cause });
}

async function runLoad({ group, source }: JobData<"load">, context: ProcessContext): Promise<LoadReport> {
  const signal = AbortSignal.any([context.signal, context.stopSignal]);
  try {
    return await context.load({ group, source, signal });
  } catch (cause) {
    if (signal.aborted) throw new JobError("JOB_ABORTED", `interrupted: ${messageOf(cause)}`, { cause });
    throw cause;
  }
}

/** Whether another attempt may succeed. Unknown errors are a resolver's: its source may answer later. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof IncompleteLoadError) return error.failures.some(isRetryable);
  if (error instanceof JobError || error instanceof LoadError) return error.retryable;
  return !(error instanceof FeatureGroupError);
}
