import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createS3, loadSettings } from "../src/index.ts";

let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  server = createServer((request, response) => answer(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.close();
});

/** Asks for an object's facts with these settings beside the server's address. */
async function head(more: Readonly<Record<string, string>>): Promise<unknown> {
  const { port } = server.address() as AddressInfo;
  const address = { TRILANE_CACHE_URL: "redis://cache:6379", TRILANE_S3_ENDPOINT: `http://127.0.0.1:${port}` };
  const s3 = createS3(loadSettings({ ...address, ...more }));
  try {
    return await s3.send(new HeadObjectCommand({ Bucket: "b", Key: "k" }));
  } finally {
    s3.destroy();
  }
}

describe("createS3", () => {
  test("uses a bucket of another region where it is", async () => {
    const regions: (string | undefined)[] = [];
    answer = (request, response) => {
      const [, region] = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? "") ?? [];
      regions.push(region);
      const isThere = region === "eu-central-1";
      response.writeHead(isThere ? 200 : 301, { "x-amz-bucket-region": "eu-central-1", "content-length": "5" });
      response.end();
    };
    expect(await head({ AWS_REGION: "us-east-1" })).toMatchObject({ ContentLength: 5 });
    expect(regions.at(0)).toBe("us-east-1");
    expect(regions.at(-1)).toBe("eu-central-1");
  });

  test("says with every request whose the bucket must be, where that is set", async () => {
    const owners: unknown[] = [];
    answer = (request, response) => {
      owners.push(request.headers["x-amz-expected-bucket-owner"]);
      response.writeHead(200, { "content-length": "5" });
      response.end();
    };
    await head({ TRILANE_S3_BUCKET_OWNER: "123456789012" });
    await head({});
    expect(owners).toEqual(["123456789012", undefined]);
    expect(() => loadSettings({ TRILANE_CACHE_URL: "redis://c:1", TRILANE_S3_BUCKET_OWNER: "me" })).toThrow(
      "12 digits",
    );
  });
});
