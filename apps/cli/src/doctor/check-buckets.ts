/**
 * Checks the places on the object store that the settings name, and the rights
 * on them that can be tried without a change.
 */
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import {
  AWS_RIGHTS,
  type AwsPlace,
  createS3,
  type ProgramWithRights,
  type Settings,
  SettingsError,
} from "@trilane/lane-kit";
import { type Finding, Findings } from "./finding.ts";

export interface BucketPlace {
  readonly bucket: string;
  readonly prefix: string;
}

/** @throws SettingsError */
export function bucketPlaceOf(address: string): BucketPlace {
  const { bucket = "", prefix = "" } =
    /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]*)(?:\/(?<prefix>.*))?$/u.exec(address)?.groups ?? {};
  if (bucket === "") throw new SettingsError("--source", `it is "${address}"; expected s3://bucket/prefix`);
  return { bucket, prefix };
}

/** A name that nobody gives to an object. */
const MISSING_KEY = ".trilane-doctor/no-such-object";

/** @param program the one whose rights are tried; null: only whether each place can be listed */
export async function checkBuckets(
  settings: Settings,
  { program, sources }: { readonly program: ProgramWithRights | null; readonly sources: readonly BucketPlace[] },
): Promise<readonly Finding[]> {
  const findings = new Findings("buckets");
  const s3 = createS3(settings);
  const { deadLetters, erasureCopy } = settings;
  const places: readonly (readonly [AwsPlace, BucketPlace])[] = [
    ...sources.map((place) => ["sources", place] as const),
    ...(deadLetters === undefined ? [] : [["letters", deadLetters] as const]),
    ...(erasureCopy === undefined ? [] : [["erasures", erasureCopy] as const]),
  ];
  try {
    for (const [kind, place] of places) await checkPlace(findings, { s3, kind, place, program });
    if (places.length === 0)
      findings.ok("no place on an object store is set; --source names those that are loaded from");
  } finally {
    s3.destroy();
  }
  return findings.all();
}

interface CheckedPlace {
  readonly s3: S3Client;
  readonly kind: AwsPlace;
  readonly place: BucketPlace;
  readonly program: ProgramWithRights | null;
}

async function checkPlace(findings: Findings, { s3, kind, place, program }: CheckedPlace): Promise<void> {
  const name = `s3://${place.bucket}/${place.prefix}`;
  const wanted = AWS_RIGHTS.filter(({ place: own, by }) => own === kind && (program === null || by.includes(program)));
  const tried: string[] = [];
  for (const [action, call] of TRIALS) {
    if (!wanted.some((right) => right.action === action)) continue;
    const refusal = await refusalOf(() => call(s3, place));
    // Who may not list is told 403 for an object that is not there, as if reading were refused.
    if (refusal !== null) return findings.failure(`${action} on ${name}: ${refusal}`);
    tried.push(action);
  }
  if (tried.length > 0) findings.ok(`${name}: ${tried.join(", ")}`);
  else findings.ok(`${name}: no right on it can be tried without a change`);
}

/** The rights that can be tried without a change. */
const TRIALS: readonly (readonly [action: string, call: (s3: S3Client, place: BucketPlace) => Promise<unknown>])[] = [
  ["s3:ListBucket", list],
  ["s3:GetObject", read],
];

function list(s3: S3Client, { bucket, prefix }: BucketPlace): Promise<unknown> {
  return s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }));
}

async function read(s3: S3Client, { bucket, prefix }: BucketPlace): Promise<void> {
  try {
    const key = prefix === "" ? MISSING_KEY : `${prefix.replace(/\/$/, "")}/${MISSING_KEY}`;
    await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  } catch (error) {
    if (!(error instanceof Error && error.name === "NoSuchKey")) throw error;
  }
}

/** Null where the call is answered. */
async function refusalOf(call: () => Promise<unknown>): Promise<string | null> {
  try {
    await call();
    return null;
  } catch (error) {
    // Imported only here, so that the other commands start without the batch lane.
    const { sourceError } = await import("@trilane/batch-loader");
    return sourceError(error, "refused").message;
  }
}
