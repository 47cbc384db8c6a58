import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadLimitsDefaults as limits } from "../../src/limits.ts";
import { isWorthAnotherRun } from "../../src/report.ts";
import { resolveSource } from "../../src/s3/resolve-source.ts";

/** Answers every request with the status in its first segment, or closes the connection. */
const server = createServer((request, response) => {
  const [, status = ""] = /^\/status-(\d+)/.exec(request.url ?? "") ?? [];
  if (status === "") request.socket.destroy();
  else response.writeHead(Number(status)).end();
});
let s3: S3Client;

beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  s3 = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    region: "us-east-1",
    maxAttempts: 1,
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
});
afterAll(() => {
  s3.destroy();
  server.close();
});

async function errorOf(source: string): Promise<unknown> {
  return resolveSource({ s3, source, isManifest: false, limits }).then(
    () => expect.fail("it was resolved"),
    (error: unknown) => error,
  );
}

describe.each(["a.csv", "a/", "a.manifest.json"])("an object store, asked for %s,", (key) => {
  test.each(["closed", "status-500", "status-503", "status-429"])("that is %s is worth another run", async (bucket) => {
    const error = await errorOf(`s3://${bucket}/${key}`);
    expect(error).toMatchObject({ code: "SOURCE_UNAVAILABLE", retryable: true });
    expect(isWorthAnotherRun(error)).toBe(true);
  });

  test.each([
    ["status-403", "may not read it"],
    ["status-301", "in another region"],
    ["status-404", `s3://status-404/${key}`],
  ])("that answers %s refuses the source", async (bucket, message) => {
    const error = await errorOf(`s3://${bucket}/${key}`);
    expect(error).toMatchObject({
      code: "INVALID_SOURCE",
      retryable: false,
      message: expect.stringContaining(message),
    });
  });
});
