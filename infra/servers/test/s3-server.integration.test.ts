import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { localCredentials } from "../src/config.ts";
import { startS3 } from "../src/s3-server.ts";
import { stopAndExpectGone } from "./fixtures/stop-and-expect-gone.ts";

const timeout = 90_000;
const awsSettings = { region: localCredentials.region, credentials: localCredentials };

describe("s3proxy", () => {
  it("stores an object, and refuses another signature", { timeout }, async () => {
    const server = await startS3();
    const place = { endpoint: server.url, forcePathStyle: true };
    const client = new S3Client({ ...awsSettings, ...place });
    await client.send(new CreateBucketCommand({ Bucket: "batch" }));
    await client.send(new PutObjectCommand({ Bucket: "batch", Key: "a/b.ndjson", Body: "{}\n" }));
    const { Body } = await client.send(new GetObjectCommand({ Bucket: "batch", Key: "a/b.ndjson" }));
    expect(await Body?.transformToString()).toBe("{}\n");
    client.destroy();
    const stranger = new S3Client({
      region: "us-east-1",
      credentials: { accessKeyId: "trilane", secretAccessKey: "wrong" },
      ...place,
    });
    await expect(stranger.send(new GetObjectCommand({ Bucket: "batch", Key: "a/b.ndjson" }))).rejects.toThrow();
    stranger.destroy();
    await stopAndExpectGone(server);
  });
});
