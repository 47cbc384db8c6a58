/**
 * The jobs that a worker runs, and the objects that `load` jobs may name.
 * Without it, everyone who reaches the queue could read whatever the worker's
 * role can read. So only allowed sources are loaded.
 */
import { SettingsError } from "@trilane/lane-kit";
import { type JobName, jobNames, type ParsedJob } from "./decode.ts";
import { JobError } from "./errors.ts";

export interface JobAccess {
  /** The kinds of jobs that are run; others fail for good. */
  readonly jobs: readonly JobName[];
  /** Addresses of objects, and of prefixes with all objects below them. `s3://` allows everything. */
  readonly loadFrom: readonly string[];
}

/** Everyone who reaches the queue could erase anybody, so a worker erases only where it is told to. */
const jobsDefault: readonly JobName[] = jobNames.filter((name) => name !== "erase");

/** All jobs but `erase` are run, but `load` has no allowed source. */
export const accessDefault: JobAccess = { jobs: jobsDefault, loadFrom: [] };

const EVERYTHING = "s3://";
const ALLOWED = /^s3:\/\/([a-z0-9][a-z0-9.-]*(\/.*)?)?$/su;

/** @throws JobError JOB_NOT_ALLOWED */
export function checkAccess(access: JobAccess, job: ParsedJob): void {
  if (!access.jobs.includes(job.name)) {
    const remedy = "send it to the queue of another worker, or name it in --jobs";
    throw notAllowed(`this worker runs ${access.jobs.join(", ")}, not "${job.name}": ${remedy}`);
  }
  if (job.name !== "load" || isSourceAllowed(access, job.data.source)) return;
  throw notAllowed(`"${job.data.source}" is not an allowed source: name it, or a prefix above it, in --load-from`);
}

/** For the source of a load, and for each object that a manifest names. */
export function isSourceAllowed({ loadFrom }: Pick<JobAccess, "loadFrom">, uri: string): boolean {
  return loadFrom.some((allowed) => uri === allowed || uri.startsWith(asPrefix(allowed)));
}

/** @throws SettingsError for a kind that does not exist, or a text that is no address */
export function readAccess(given: {
  readonly jobs: readonly string[];
  readonly loadFrom: readonly string[];
}): JobAccess {
  const jobs = given.jobs.flatMap((text) => text.split(",")).map((text) => text.trim());
  const wrong = jobs.find((name) => !isJobName(name));
  if (wrong !== undefined) throw new SettingsError("--jobs", `"${wrong}" is no job; there are ${jobNames.join(", ")}`);
  const address = given.loadFrom.find((text) => !ALLOWED.test(text));
  if (address !== undefined) {
    throw new SettingsError("--load-from", `"${address}" is no address: expected s3://bucket, or s3://bucket/prefix/`);
  }
  return { jobs: jobs.length === 0 ? jobsDefault : jobs.filter(isJobName), loadFrom: given.loadFrom };
}

function asPrefix(allowed: string): string {
  return allowed === EVERYTHING || allowed.endsWith("/") ? allowed : `${allowed}/`;
}

function isJobName(name: string): name is JobName {
  return (jobNames as readonly string[]).includes(name);
}

function notAllowed(message: string): JobError {
  return new JobError("JOB_NOT_ALLOWED", message);
}
