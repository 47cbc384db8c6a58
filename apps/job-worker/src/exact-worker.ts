/**
 * BullMQ's worker with its own way of reading payloads.
 *
 * - A payload is read from its text with exact numbers. The library rounds
 *   integers beyond 2^53, which clients of other languages send as JSON
 *   numbers.
 * - A payload that is too large or is no JSON is a fault of its job, which
 *   fails. The library's own reading would throw where nothing fails the job,
 *   and the job would stall again and again.
 *
 * It also says which jobs are ending, because the library tells of the end of a
 * job only where the server has accepted it.
 */
import { type Job, type JobJson, Worker, type WorkerOptions } from "bullmq";
import { type ReadPayload, readJobText } from "./decode.ts";
import type { EndingJobs } from "./ending-jobs.ts";
import { JobError } from "./errors.ts";

type Processor = ConstructorParameters<typeof Worker>[1];

type Payload =
  | { readonly kind: "read"; readonly payload: ReadPayload; readonly bytes: number }
  | {
      readonly kind: "refused";
      readonly error: JobError;
      readonly bytes: number;
      readonly unreadableText: string | null;
    };

const NO_DATA = "{}";

/** A property costs the collector less than a weak map with all jobs under way. */
type ExactJob = Job & { payload?: Payload };

export class ExactWorker extends Worker {
  readonly #ending: EndingJobs;

  constructor(name: string, processor: Processor, options: WorkerOptions, ending: EndingJobs) {
    super(name, processor, options);
    this.#ending = ending;
  }

  override async processJob(...call: Parameters<Worker["processJob"]>): ReturnType<Worker["processJob"]> {
    try {
      return await super.processJob(...call);
    } finally {
      this.#ending.answered(call[0]);
    }
  }

  protected override createJob(json: JobJson, id: string): Job {
    const payload = payloadOf(json);
    // The library itself needs the data of a job only to make the next one of a schedule.
    const needsData = json.repeatJobKey !== undefined && payload.kind === "read";
    const job: ExactJob = super.createJob(needsData ? json : { ...json, data: NO_DATA }, id);
    job.payload = payload;
    return job;
  }
}

/** The payload of a job that a worker of this file took. @throws JobError INVALID_JOB */
export function exactPayloadOf(job: ExactJob): ReadPayload {
  const { payload } = job;
  if (payload === undefined) throw new TypeError("the job is not one of an exact worker");
  if (payload.kind === "refused") throw payload.error;
  return payload.payload;
}

/** The text of a payload that is no JSON; null for every other. */
export function unreadableTextOf(job: ExactJob): string | null {
  const { payload } = job;
  return payload?.kind === "refused" ? payload.unreadableText : null;
}

/** The length of its text. */
export function payloadBytesOf(job: ExactJob): number {
  return job.payload?.bytes ?? 0;
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
