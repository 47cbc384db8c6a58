/** The dead letters of erased persons leave their objects; all other lines stay. */
import { randomUUID } from "node:crypto";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { createS3, loadSettings } from "@trilane/lane-kit";
import { afterAll, expect, it } from "vitest";
import { eraseLetters } from "../src/index.ts";

const s3 = createS3(loadSettings());
afterAll(() => s3.destroy());

const lineOf = (subject: string | null, eventTimeUs: number | null): string =>
  JSON.stringify({
    row: 1,
    reason: "invalid-features",
    ...(subject === null ? {} : { subject, eventTimeUs }),
    input: {},
  });

it("removes covered lines, and an object that has no others", async () => {
  const bucket = `letters-${randomUUID()}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const put = (key: string, lines: readonly string[]): Promise<unknown> =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: `${lines.join("\n")}\n` }));
  const kept = [lineOf("bert", 1), lineOf("anna", 9), lineOf(null, null)];
  await put("dead/1/a.ndjson", [lineOf("anna", 1), ...kept, lineOf("anna", null)]);
  await put("dead/1/b.ndjson", [lineOf("anna", 2)]);
  await put("other/c.ndjson", [lineOf("anna", 2)]);
  const isErased = (subject: string, eventTimeUs: number): boolean => subject === "anna" && eventTimeUs <= 5;
  const counts = await eraseLetters({ s3, bucket, prefix: "dead/", isErased });
  expect(counts).toEqual({ objects: 2, letters: 3, unknown: 1 });
  const textOf = async (key: string): Promise<string | undefined> =>
    (await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body?.transformToString();
  expect(await textOf("dead/1/a.ndjson")).toBe(`${kept.join("\n")}\n`);
  await expect(textOf("dead/1/b.ndjson")).rejects.toThrow(/NoSuchKey|does not exist/i);
  expect(await textOf("other/c.ndjson")).toBe(`${lineOf("anna", 2)}\n`);
});
