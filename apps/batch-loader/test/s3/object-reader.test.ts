/** Answers of an object store that only a server of the test's own gives. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { systemClock } from "@trilane/write-through";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ObjectReader } from "../../src/s3/object-reader.ts";
import { sourceObject } from "../source-object.ts";

const BODY = "0123456789";

interface Refusal {
  readonly status: number;
  readonly code: string;
}

/** They are given one after the other, before the object itself. */
let refusals: Refusal[] = [];
const server = createServer((_, response) => {
  const refusal = refusals.shift();
  if (refusal !== undefined) {
    response.writeHead(refusal.status, { "content-type": "application/xml" });
    response.end(`<Error><Code>${refusal.code}</Code><Message>said by the service</Message></Error>`);
    return;
  }
  const range = `bytes 0-${BODY.length - 1}/${BODY.length}`;
  response.writeHead(206, { etag: sourceObject.etag, "content-range": range, "content-length": BODY.length });
  response.end(BODY);
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
beforeEach(() => {
  refusals = [];
});
afterAll(() => {
  s3.destroy();
  server.closeAllConnections();
  server.close();
});

function read(): Promise<string> {
  const limits = { idleTimeoutMs: 2_000, attemptsMax: 3 };
  const reader = new ObjectReader({ s3, clock: systemClock, random: () => 0, limits });
  const object = { ...sourceObject, size: BODY.length };
  return reader.bytes(object, { start: 0, end: BODY.length }).then((bytes) => Buffer.from(bytes).toString());
}

describe("ObjectReader", () => {
  test.each([
    { status: 400, code: "RequestTimeout" },
    { status: 400, code: "ExpiredToken" },
    { status: 429, code: "TooManyRequests" },
    { status: 503, code: "SlowDown" },
  ])("reads again after an answer that may pass: $status $code", async (refusal) => {
    refusals = [refusal, refusal];
    expect(await read()).toBe(BODY);
  });

  test.each([
    [{ status: 403, code: "AccessDenied" }, "INVALID_SOURCE"],
    [{ status: 404, code: "NoSuchKey" }, "OBJECT_CHANGED"],
    [{ status: 412, code: "PreconditionFailed" }, "OBJECT_CHANGED"],
  ])("asks once only where the answer is final: %j", async (refusal, code) => {
    refusals = [refusal];
    await expect(read()).rejects.toMatchObject({ code, retryable: false, object: "s3://b/k.csv" });
    expect(refusals).toEqual([]);
  });
});
