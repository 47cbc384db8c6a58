/**
 * BullMQ's worker with its own way of reading payloads.
 *
 * - A payload is read from its text with exact numbers. The library rounds
 *   integers beyond 2^53, which clients of other languages send as JSON
 *   numbers.
 * - A payload that is too large or is no JSON is a fault of its job, which
 *   fails. The library's own reading would throw where nothing fails the job,
 *   and the job would stall again and again.
 */
import { type Job, type JobJson, Worker } from "bullmq";
import { type ReadPayload, readJobText } from "./decode.ts";
import { JobError } from "./errors.ts";

type Payload =
  | { readonly kind: "read"; readonly payload: ReadPayload; readonly bytes: number }
  | {
      readonly kind: "refused";
      readonly error: JobError;
      readonly bytes: number;
      readonly unreadableText: string | null;
    };

const payloads = new WeakMap<Job, Payload>();
const NO_DATA = "{}";

export class ExactWorker extends Worker {
  protected override createJob(json: JobJson, id: string): Job {
    const payload = payloadOf(json);
    // The library itself needs the data of a job only to make the next one of a schedule.
    const needsData = json.repeatJobKey !== undefined && payload.kind === "read";
    const job = super.createJob(needsData ? json : { ...json, data: NO_DATA }, id);
    payloads.set(job, payload);
    return job;
  }
}

/** The payload of a job that a worker of this file took. @throws JobError INVALID_JOB */
export function exactPayloadOf(job: Job): ReadPayload {
  const payload = payloads.get(job);
  if (payload === undefined) throw new TypeError("the job is not one of an exact worker");
  if (payload.kind === "refused") throw payload.error;
  return payload.payload;
}

/** The text of a payload that is no JSON; null for every other. */
export function unreadableTextOf(job: Job): string | null {
  const payload = payloads.get(job);
  return payload?.kind === "refused" ? payload.unreadableText : null;
}

/** The length of its text. */
export function payloadBytesOf(job: Job): number {
  return payloads.get(job)?.bytes ?? 0;
}

function payloadOf({ name, data }: JobJson): Payload {
  const bytes = Buffer.byteLength(data);
  try {
    return { kind: "read", payload: readJobText(name, data), bytes };
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    return { kind: "refused", error, bytes, unreadableText: isJson(data) ? null : data };
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
