import { createHash, randomBytes, randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createS3, loadSettings, putFile } from "../src/index.ts";

const PART_BYTES = 5 * 1_024 * 1_024;
const bucket = `put-${randomUUID()}`;

let s3: S3Client;
let directory: string;
beforeAll(async () => {
  s3 = createS3(loadSettings());
  directory = await mkdtemp(join(tmpdir(), "trilane-put-"));
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
});
afterAll(async () => {
  s3.destroy();
  await rm(directory, { recursive: true });
});

async function fileOf(name: string, bytes: Buffer): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, bytes);
  return path;
}

test.each([
  ["nothing", 0],
  ["less than a part", 1_000],
  ["exactly a part", PART_BYTES],
  ["two parts and a byte", 2 * PART_BYTES + 1],
])("a file of %s is the object, with its metadata", async (key, size) => {
  const bytes = randomBytes(size);
  const file = await fileOf(key, bytes);
  const sha256 = createHash("sha256").update(bytes).digest();
  await putFile({ s3, file, bucket, key, sha256, metadata: { content: "own" }, partBytes: PART_BYTES });
  const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
  expect(Metadata).toMatchObject({ content: "own" });
});

test.each([
  ["small", 1_000],
  ["large", PART_BYTES + 1],
])("a %s file that changes while it is uploaded leaves neither an object nor parts", async (name, size) => {
  const bytes = randomBytes(size);
  const file = await fileOf(name, bytes);
  const sha256 = createHash("sha256").update(bytes).digest();
  appendFileSync(file, "more");
  const key = `changed/${name}`;
  const put = putFile({ s3, file, bucket, key, sha256, partBytes: PART_BYTES });
  await expect(put).rejects.toThrow("changed while it was uploaded");
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: "changed/" }));
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  expect([...Contents, ...Uploads]).toEqual([]);
});
