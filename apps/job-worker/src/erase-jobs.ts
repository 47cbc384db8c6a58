/**
 * Removes the records of erased persons from the queue: from jobs that wait,
 * run or have failed, and from the dead letters. A job keeps its other records,
 * and one without any is removed. A job that runs has read its records already;
 * they are refused where they are written. Failed jobs `erase` lose their names:
 * the library fails a job by itself whose workers died too often, and then
 * nobody has taken the names out.
 */
import {
  type CoreWriter,
  type FeatureConfig,
  ownerOf,
  parseJsonAsWritten,
  type SubjectDigests,
} from "@trilane/feature-groups";
import type { JobKeys } from "@trilane/lane-kit";
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { readJobText } from "./decode.ts";
import { sealAgain } from "./job-signatures.ts";
import type { Sealed } from "./sealed-payload.ts";

export interface EraseJobsOptions {
  readonly connection: Redis;
  readonly queue: Queue;
  readonly deadQueue: Queue;
  readonly config: FeatureConfig;
  readonly subjects: SubjectDigests;
  readonly isErased: CoreWriter["isErased"];
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** The keys of signed jobs, which are signed anew when they lose records. */
  readonly keys?: JobKeys | null;
  /** Called with the id of a signed job that has lost records and could not be signed anew. */
  readonly onSignatureLost?: (id: string) => void;
}

export interface ErasedJobs {
  /** Jobs that have lost records. */
  readonly jobs: number;
  /** The records that they have lost. */
  readonly records: number;
  /** Dead letters that were removed. */
  readonly letters: number;
  /** Jobs and letters whose payload cannot be read, so nobody can tell whose they are. */
  readonly unreadable: number;
}

const STATES = ["waiting", "active", "delayed", "prioritized", "failed", "completed"] as const;
const LETTER_STATES = ["waiting"] as const;
const US_PER_MS = 1_000;

/** A job that was removed meanwhile must not come back as a key without a job. */
const REPLACE_DATA = `
if redis.call("EXISTS", KEYS[1]) == 0 then return 0 end
redis.call("HSET", KEYS[1], "data", ARGV[1])
return 1`;

export async function eraseFromQueue(options: EraseJobsOptions): Promise<ErasedJobs> {
  const { queue, deadQueue } = options;
  const counts = { jobs: 0, records: 0, letters: 0, unreadable: 0 };
  for (const id of await queue.getRanges(["failed"], 0, -1)) await forgetFailed(options, queue.toKey(id));
  for (const id of await queue.getRanges([...STATES], 0, -1)) {
    const erased = await eraseFromJob(options, id);
    if (erased === null) counts.unreadable += 1;
    else if (erased > 0) {
      counts.jobs += 1;
      counts.records += erased;
    }
  }
  for (const id of await deadQueue.getRanges([...LETTER_STATES], 0, -1)) {
    const erased = await eraseLetter(options, id);
    if (erased === null) counts.unreadable += 1;
    else counts.letters += erased;
  }
  return counts;
}

interface ReadJob {
  readonly name: string;
  readonly payload: unknown;
  readonly sealed: Sealed | null;
  /** The payload as JSON, as it was sent. */
  readonly text: string;
  readonly sentMs: number;
}

/** Undefined where the job is gone, or its data are; null where they cannot be read. */
async function readJob({ connection }: EraseJobsOptions, key: string): Promise<ReadJob | null | undefined> {
  const [name, data, timestamp] = await connection.hmget(key, "name", "data", "timestamp");
  if (name === null || name === undefined || data === null || data === undefined) return undefined;
  try {
    const { data: payload, text, sealed } = readJobText(name, data);
    return { name, payload, text, sealed, sentMs: Number(timestamp) };
  } catch {
    return null;
  }
}

/** The number of records that the job has lost; null where it cannot be read. */
async function eraseFromJob(options: EraseJobsOptions, id: string): Promise<number | null> {
  const { queue } = options;
  const job = await readJob(options, queue.toKey(id));
  if (job === undefined) return 0;
  if (job === null) return null;
  const { payload, text, sentMs } = job;
  const written = parseJsonAsWritten(text);
  if (!isPut(payload) || !isPut(written)) return 0;
  const before = positionsIn(payload);
  const lost = written.records.flatMap((_, index) =>
    isErased(options, payload.group, payload.records[index], sentMs) ? [index] : [],
  );
  if (lost.length === 0) return 0;
  // The others keep their positions, on which their versions and their receipts depend.
  const erased = [...before, ...lost].toSorted((left, right) => left - right);
  const records = written.records.map((record, index) => (lost.includes(index) ? null : record));
  // A job that runs is locked and cannot be removed, and then it keeps a list of nothing.
  const isRemoved = erased.length === records.length && (await queue.remove(id)) === 1;
  if (!isRemoved) await replacePayload(options, { ...job, id }, JSON.stringify({ ...written, records, erased }));
  return lost.length;
}

async function replacePayload(
  { connection, queue, keys = null, onSignatureLost }: EraseJobsOptions,
  job: ReadJob & { readonly id: string },
  text: string,
): Promise<void> {
  const again = sealAgain(job, text, keys);
  if (again !== null && again.signed.mac === job.sealed?.signed.mac) onSignatureLost?.(job.id);
  await connection.eval(REPLACE_DATA, 1, queue.toKey(job.id), again === null ? text : JSON.stringify(again));
}

/** Positions of records that have left the job before. */
function positionsIn(payload: object): readonly number[] {
  const { erased } = payload as { readonly erased?: unknown };
  return Array.isArray(erased) ? erased.filter((position): position is number => Number.isInteger(position)) : [];
}

/** The payload that a job `erase` has when it failed for good. */
const NOBODY = JSON.stringify({ erased: [] });

async function forgetFailed({ connection }: EraseJobsOptions, key: string): Promise<void> {
  if ((await connection.hget(key, "name")) === "erase") await connection.eval(REPLACE_DATA, 1, key, NOBODY);
}

async function eraseLetter(options: EraseJobsOptions, id: string): Promise<number | null> {
  const { deadQueue } = options;
  const letter = await readJob(options, deadQueue.toKey(id));
  if (letter === undefined) return 0;
  if (letter === null) return null;
  const { payload, sentMs } = letter;
  if (!isFields(payload) || typeof payload["group"] !== "string") return null;
  if (!isErased(options, payload["group"], payload["record"], sentMs)) return 0;
  return (await deadQueue.remove(id)) === 1 ? 1 : 0;
}

function isErased(
  { config, subjects, isErased: isErasedRecord, nowMs }: EraseJobsOptions,
  groupName: string,
  record: unknown,
  sentMs: number,
): boolean {
  const group = config.groups[groupName];
  if (group === undefined || !isFields(record)) return false;
  const owner = ownerOf(group, record, { lane: "on-demand", nowMs, sourceTimeUs: sentMs * US_PER_MS, subjects });
  return owner !== null && isErasedRecord(owner.subject, owner.eventTimeUs ?? 0);
}

interface PutPayload {
  readonly group: string;
  readonly records: readonly unknown[];
}

function isPut(payload: unknown): payload is PutPayload {
  return isFields(payload) && typeof payload["group"] === "string" && Array.isArray(payload["records"]);
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
