/**
 * Decides whether a job comes from a client that may have it done. A refused job
 * fails for good: it stays among the failed jobs with its reason, and can be
 * retried when the reason is gone.
 */
import {
  type Access,
  type Client,
  type JobKeys,
  openAccessFile,
  openJobKeys,
  type Platform,
  refusalOf,
  refusedGroups,
  type Settings,
  SettingsError,
  type Verb,
} from "@trilane/lane-kit";
import type { ParsedJob } from "./decode.ts";
import { JobError } from "./errors.ts";
import { isSignedBy, seal, type Sealed } from "./sealed-payload.ts";

export interface JobSignatures {
  /** Null: signatures are not looked at. */
  readonly known: { readonly keys: JobKeys; readonly access: Access } | null;
  readonly isRequired: boolean;
  readonly ageMaxMs: number;
}

/** A job as the queue has it. */
export interface SentJob {
  readonly name: string;
  readonly id: string;
  /** Milliseconds since 1970 when it was sent, by its sender; it decides about the versions of its records. */
  readonly sentMs: number | null;
  readonly sealed: Sealed | null;
}

/** A sender's clock may be ahead by so much. */
const AHEAD_MAX_MS = 300_000;

/** @throws SettingsError where signatures are required and nothing says whose count, or a file is wrong */
export function openJobSignatures({
  settings,
  clock,
  logger,
}: Pick<Platform, "clock" | "logger"> & { readonly settings: SignatureSettings }): JobSignatures {
  const { jobKeysFile, jobSignatures, jobAgeMaxMs: ageMaxMs, accessFile } = settings;
  const isRequired = jobSignatures === "required";
  if (jobKeysFile === undefined && !isRequired) return { known: null, isRequired, ageMaxMs };
  if (jobKeysFile === undefined) {
    throw new SettingsError(
      "TRILANE_JOB_KEYS_FILE",
      "is not set, and TRILANE_JOB_SIGNATURES is required: name the keys",
    );
  }
  if (accessFile === undefined) {
    const problem = "is not set, and TRILANE_JOB_KEYS_FILE is: name the file with the rights of the clients";
    throw new SettingsError("TRILANE_ACCESS_FILE", problem);
  }
  const ports = { clock, logger };
  return {
    known: { keys: openJobKeys(jobKeysFile, ports), access: openAccessFile(accessFile, ports) },
    isRequired,
    ageMaxMs,
  };
}

type SignatureSettings = Pick<Settings, "jobKeysFile" | "jobSignatures" | "jobAgeMaxMs" | "accessFile">;

/**
 * The client that sent the job; null for a job without a signature that needs none, and where signatures are not looked
 * at. `nowMs` is asked for signed jobs alone.
 * @throws JobError JOB_NOT_SIGNED, SIGNATURE_WRONG, SIGNATURE_EXPIRED, CLIENT_NOT_ALLOWED
 */
export function checkSignature(
  job: SentJob,
  { known, isRequired, ageMaxMs }: JobSignatures,
  nowMs: () => number,
): Client | null {
  const { sealed } = job;
  if (known === null) return null;
  if (sealed === null) {
    if (!isRequired) return null;
    throw new JobError("JOB_NOT_SIGNED", "the job has no signature, and this worker runs signed jobs alone: sign it");
  }
  const { client: name, atMs } = sealed.signed;
  if (!isSignedBy(sealed, job, known.keys(name))) {
    const remedy = "sign name, id, time and payload of this job with a key of TRILANE_JOB_KEYS_FILE";
    throw new JobError("SIGNATURE_WRONG", `no key of the client ${shownClient(name)} made the signature: ${remedy}`);
  }
  checkTimes(job, atMs, { nowMs: nowMs(), ageMaxMs });
  const client = known.access.named(name);
  if (client !== null) return client;
  throw new JobError("CLIENT_NOT_ALLOWED", `the access file (TRILANE_ACCESS_FILE) has no client ${shownClient(name)}`);
}

/**
 * The records of `put` and `delete` may have the time of the job as their own, so nobody may change that time under the
 * signature. The library itself gives a new time to a refresh that waited for another one.
 */
function checkTimes(
  { name, sentMs }: SentJob,
  atMs: number,
  { nowMs, ageMaxMs }: { readonly nowMs: number; readonly ageMaxMs: number },
): void {
  if ((name === "put" || name === "delete") && sentMs !== atMs) {
    throw new JobError("SIGNATURE_WRONG", "the job's timestamp is not the time that was signed: send both as one");
  }
  if (atMs - nowMs > AHEAD_MAX_MS) {
    const problem = `the job was signed ${atMs - nowMs} ms ahead of the store's clock`;
    throw new JobError(
      "SIGNATURE_WRONG",
      `${problem}, at most ${AHEAD_MAX_MS} ms are accepted: set the sender's clock`,
    );
  }
  if (nowMs - atMs > ageMaxMs) {
    const problem = `the job was signed ${nowMs - atMs} ms ago, and signatures count for ${ageMaxMs} ms`;
    throw new JobError("SIGNATURE_EXPIRED", `${problem} (TRILANE_JOB_AGE_MAX_MS): send it again`);
  }
}

const VERBS: Readonly<Record<ParsedJob["name"], Verb>> = {
  put: "put",
  delete: "delete",
  refresh: "put",
  load: "put",
  erase: "erase",
};

/** `personal`: the groups with records of persons, all of which an erasure concerns. @throws JobError CLIENT_NOT_ALLOWED */
export function checkRights(client: Client | null, job: ParsedJob, personal: () => readonly string[]): void {
  if (client === null) return;
  const verb = VERBS[job.name];
  const refused = refusedGroups(client, verb, job.name === "erase" ? personal() : [job.data.group]);
  if (refused.length > 0) throw new JobError("CLIENT_NOT_ALLOWED", refusalOf(client, verb, refused));
}

/**
 * The data of a job whose payload this process changes, because it takes the names of erased persons out. It is signed
 * anew where its signature was right; without the keys the old signature stays, which is wrong from then on.
 */
export function sealAgain(job: Omit<SentJob, "sentMs">, text: string, keys: JobKeys | null): Sealed | null {
  const { sealed, name, id } = job;
  if (sealed === null) return null;
  const { client, atMs } = sealed.signed;
  const own = keys?.(client) ?? [];
  const [key] = own;
  if (key === undefined || !isSignedBy(sealed, job, own)) return { ...sealed, payload: text };
  return seal({ client, name, id, atMs, text }, key);
}

/** Who asked for it may have put anything there, so only a name is shown. */
function shownClient(name: string): string {
  return /^[A-Za-z0-9._-]{1,64}$/.test(name) ? `"${name}"` : "with that name";
}
