/**
 * Puts a file into a bucket. A request has a time limit for all of its body, and
 * the client cannot send a stream a second time. A large file therefore goes in
 * parts, and each of them has its own time limit and its own attempts.
 *
 * The object exists only when all of it has arrived. A failure removes the
 * parts. After a kill they stay, as no object, until a rule of the bucket's for
 * incomplete uploads removes them; the next upload begins anew.
 */
import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

export interface PutFileOptions {
  readonly s3: S3Client;
  readonly file: string;
  readonly bucket: string;
  readonly key: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The digest that the file must still have when it has been read; without it, any. */
  readonly sha256?: Buffer;
  /** For tests; S3 refuses less than 5 MiB for any part but the last. */
  readonly partBytes?: number;
}

/** Within the request's time limit it takes a line of 3.5 Mbit/s. */
const PART_BYTES = 8_388_608;
const PARTS_MAX = 10_000;
/** The maximum size of a file. */
export const PUT_FILE_BYTES_MAX: number = PART_BYTES * PARTS_MAX;

/** @throws Error where the file changed while it was read, and every error of S3 */
export async function putFile(options: PutFileOptions): Promise<void> {
  const { file, partBytes = PART_BYTES } = options;
  const handle = await open(file);
  try {
    const hash = createHash("sha256");
    const first = await readPart(handle, hash, partBytes);
    if (first.length < partBytes) await putWhole(first, hash, options);
    else await putParts(first, () => readPart(handle, hash, partBytes), hash, options);
  } finally {
    await handle.close();
  }
}

/** The next bytes of the file; fewer than a part only at its end. */
async function readPart(handle: FileHandle, hash: Hash, partBytes: number): Promise<Buffer> {
  const part = Buffer.alloc(partBytes);
  let filled = 0;
  while (filled < partBytes) {
    const { bytesRead } = await handle.read(part, filled, partBytes - filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  const bytes = part.subarray(0, filled);
  hash.update(bytes);
  return bytes;
}

async function putWhole(body: Buffer, hash: Hash, options: PutFileOptions): Promise<void> {
  const { s3, bucket, key, metadata } = options;
  checkUnchanged(hash, options);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, Metadata: metadata }));
}

async function putParts(
  first: Buffer,
  readNext: () => Promise<Buffer>,
  hash: Hash,
  options: PutFileOptions,
): Promise<void> {
  const { s3, bucket, key, metadata } = options;
  const object = { Bucket: bucket, Key: key };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...object, Metadata: metadata }));
  const upload = { ...object, UploadId };
  try {
    const parts: { readonly PartNumber: number; readonly ETag: string | undefined }[] = [];
    for (let body = first; body.length > 0; body = await readNext()) {
      const PartNumber = parts.length + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ ...upload, PartNumber, Body: body }));
      parts.push({ PartNumber, ETag });
    }
    checkUnchanged(hash, options);
    await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }));
  } catch (error) {
    await s3.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

function checkUnchanged(hash: Hash, { file, sha256 }: PutFileOptions): void {
  if (sha256 === undefined || hash.digest().equals(sha256)) return;
  throw new Error(`${file} changed while it was uploaded: upload it again`);
}
