/**
 * The payloads of jobs: a few records or keys, or a reference. Every payload is
 * checked when it is sent and again when it is run, because clients of other
 * languages send jobs, too.
 */
import { parseExactJson } from "@trilane/feature-groups";
import { eraseRequest } from "@trilane/lane-kit";
import { messageOf } from "@trilane/write-through";
import { z } from "zod";
import { JobError } from "./errors.ts";
import { type Sealed, sealedOf } from "./sealed-payload.ts";

/** The maximum of records of one job; more records belong into a file or a stream. */
export const JOB_RECORDS_MAX = 1_000;
/** The maximum size of a payload as JSON. */
export const JOB_BYTES_MAX: number = 1_024 * 1_024;
/** An envelope holds the payload as a text, in which quotes and backslashes have two characters. */
const SEALED_BYTES_MAX = 2 * JOB_BYTES_MAX + 1_024;
const GROUP_CHARACTERS_MAX = 200;
const SOURCE_CHARACTERS_MAX = 2_000;
/** The maximum of characters that a message repeats of a job, because names of fields may be as long as a payload. */
const SHOWN_CHARACTERS_MAX = 500;

const group = z.string().min(1).max(GROUP_CHARACTERS_MAX);
const fields = z.record(z.string(), z.unknown());

const payloads = {
  /**
   * Writes records of a group. The group checks the content of each record. `erased` has the positions of records that
   * were an erased person's and left the waiting job: all others keep their position, and so their version.
   */
  put: z.strictObject({
    group,
    records: z.array(z.unknown()).min(1).max(JOB_RECORDS_MAX),
    erased: z.array(z.int().min(0)).max(JOB_RECORDS_MAX).optional(),
  }),
  /** Deletes entities of a group by their keys. */
  delete: z.strictObject({ group, keys: z.array(z.unknown()).min(1).max(JOB_RECORDS_MAX) }),
  /** Asks the group's resolver for an entity and writes its answer. */
  refresh: z.strictObject({ group, key: fields }),
  /** Loads an object, a prefix or a manifest: `s3://bucket/...`. */
  load: z.strictObject({ group, source: z.string().min(1).max(SOURCE_CHARACTERS_MAX) }),
  /** Erases persons. A job that is done holds the numbers of the erasures instead of the names. */
  erase: z.union([eraseRequest, z.strictObject({ erased: z.array(z.int().min(1)).max(JOB_RECORDS_MAX) })]),
} as const;

export type JobName = keyof typeof payloads;

export type JobData<Name extends JobName = JobName> = z.infer<(typeof payloads)[Name]>;

/** A job by its name, with a payload of the right shape. */
export type ParsedJob = { readonly [Name in JobName]: { readonly name: Name; readonly data: JobData<Name> } }[JobName];

export const jobNames: readonly JobName[] = Object.keys(payloads) as JobName[];

/** @throws JobError INVALID_JOB naming the field and the expected form */
export function parseJob(name: string, data: unknown): ParsedJob {
  if (!isJobName(name)) {
    const shown = name.slice(0, SHOWN_CHARACTERS_MAX);
    throw new JobError("INVALID_JOB", `there is no job "${shown}": send one of ${jobNames.join(", ")}`);
  }
  const parsed = payloads[name].safeParse(data);
  if (parsed.success) return { name, data: parsed.data } as ParsedJob;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "payload"}: ${message}`);
  const text = issues.join("; ").slice(0, SHOWN_CHARACTERS_MAX);
  throw new JobError("INVALID_JOB", `the payload of the job "${name}" is wrong: ${text}`);
}

export interface ReadPayload {
  readonly data: unknown;
  /** The payload's own JSON, without an envelope. */
  readonly text: string;
  /** Null where the job has no signature. */
  readonly sealed: Sealed | null;
}

/** Reads the data of a job, a payload or an envelope with one. @throws JobError INVALID_JOB as {@link readPayload} */
export function readJobText(name: string, text: string): ReadPayload {
  const bytes = Buffer.byteLength(text);
  if (bytes > SEALED_BYTES_MAX) checkBytes(name, bytes);
  const data = parse(name, text);
  const sealed = sealedOf(data);
  if (sealed !== null) return { data: readPayload(name, sealed.payload), text: sealed.payload, sealed };
  checkBytes(name, bytes);
  return { data, text, sealed };
}

/**
 * Reads the payload of a job from its text, with exact numbers.
 * @throws JobError INVALID_JOB for a text that is too large, is no JSON, or is nested too deep
 */
export function readPayload(name: string, text: string): unknown {
  checkBytes(name, Buffer.byteLength(text));
  return parse(name, text);
}

function parse(name: string, text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (cause) {
    // The parser's own message repeats a part of the text.
    const reason = cause instanceof RangeError ? "is nested too deep" : "is no JSON";
    throw new JobError("INVALID_JOB", `the payload of the job "${name}" ${reason}: send an object as JSON`);
  }
}

/** @throws JobError INVALID_JOB for a payload that is too large for a job, or no JSON */
export function checkSize({ name, data }: ParsedJob): void {
  checkBytes(name, Buffer.byteLength(asJson(name, data)));
}

function checkBytes(name: string, bytes: number): void {
  if (bytes <= JOB_BYTES_MAX) return;
  const remedy = "send fewer records per job, or a file and a load";
  throw new JobError("INVALID_JOB", `the job "${name}" has ${bytes} bytes, at most ${JOB_BYTES_MAX} fit: ${remedy}`);
}

function asJson(name: string, data: unknown): string {
  try {
    return JSON.stringify(data);
  } catch (cause) {
    throw new JobError("INVALID_JOB", `the payload of the job "${name}" is no JSON: ${messageOf(cause)}`, { cause });
  }
}

function isJobName(name: string): name is JobName {
  return Object.hasOwn(payloads, name);
}
