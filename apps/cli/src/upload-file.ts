/**
 * Puts a local file where the loader can read it: into a bucket, under an address that follows from the
 * file's own path. A file that is unchanged since its last upload is not uploaded again, so loading it again
 * is the same load, which does nothing when it is finished. A file that was changed, or changed back, is
 * uploaded anew: it is then the later object, and its rows win as a corrected file's should.
 *
 * A crash during the upload leaves no object, because one exists only when all of it has arrived.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { CreateBucketCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { PUT_FILE_BYTES_MAX, putFile } from "@trilane/lane-kit";
import { CliError } from "./errors.ts";

export interface UploadOptions {
  readonly s3: S3Client;
  readonly file: string;
  readonly bucket: string;
  /** Whether to create a missing bucket, which is right only on one's own servers. */
  readonly createsBucket: boolean;
  readonly onNote: (text: string) => void;
}

/** For one's own servers alone: on AWS a bucket of that name may be a stranger's. */
export const LOCAL_UPLOAD_BUCKET = "trilane-uploads";
/** The object's own field that says what was uploaded. */
const CONTENT_FIELD = "trilane-sha256";
const HASH_DIGITS = 16;

/** Resolves with the object's `s3://` address. @throws CliError UPLOAD_FAILED, USAGE */
export async function uploadFile({ s3, file, bucket, createsBucket, onNote }: UploadOptions): Promise<string> {
  const bytes = await sizeOf(file);
  const hash = await sha256(file);
  const place = createHash("sha256").update(resolve(file)).digest("hex").slice(0, HASH_DIGITS);
  const key = `${place}/${basename(file)}`;
  const uri = `s3://${bucket}/${key}`;
  try {
    if (createsBucket) await createUnlessThere(s3, bucket);
    const content = hash.toString("hex");
    if ((await contentOf(s3, bucket, key)) === content) {
      onNote(`${uri} is there already`);
      return uri;
    }
    onNote(`uploading ${bytes} bytes to ${uri}`);
    await putFile({ s3, file, bucket, key, sha256: hash, metadata: { [CONTENT_FIELD]: content } });
    return uri;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(
      "UPLOAD_FAILED",
      `cannot upload ${file} to ${uri}: ${message}. Is there a bucket "${bucket}"? Name another with --bucket.`,
      { cause },
    );
  }
}

async function sizeOf(file: string): Promise<number> {
  const facts = await stat(file).catch((cause: unknown) => {
    throw new CliError("USAGE", `no such file: ${file}. Name a local file or s3://bucket/key`, { cause });
  });
  if (!facts.isFile())
    throw new CliError("USAGE", `${file} is not a file: upload a folder yourself and load s3://bucket/prefix/`);
  if (facts.size <= PUT_FILE_BYTES_MAX) return facts.size;
  throw new CliError(
    "USAGE",
    `${file} has ${facts.size} bytes, at most ${PUT_FILE_BYTES_MAX} are uploaded from here: upload it yourself and load its s3:// address`,
  );
}

async function sha256(file: string): Promise<Buffer> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest();
}

async function createUnlessThere(s3: S3Client, bucket: string): Promise<void> {
  try {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    const isThere = error instanceof Error && error.name.startsWith("BucketAlready");
    if (!isThere) throw error;
  }
}

/** The digest with which the object was uploaded; null where there is no such object. */
async function contentOf(s3: S3Client, bucket: string, key: string): Promise<string | null> {
  try {
    const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return Metadata?.[CONTENT_FIELD] ?? null;
  } catch (error) {
    if (error instanceof Error && (error.name === "NotFound" || error.name === "NoSuchKey")) return null;
    throw error;
  }
}
