import { connect, createServer, type Server, type Socket } from "node:net";
import { randomBytes } from "node:crypto";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { createS3 } from "@trilane/lane-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ndjson } from "../../src/formats/ndjson/format.ts";
import { ObjectReader } from "../../src/s3/object-reader.ts";
import type { SourceObject } from "../../src/s3/source-object.ts";
import { openTestPlatform, type TestPlatform } from "../test-platform.ts";

let on: TestPlatform;
const body = randomBytes(3_000_000);

beforeAll(async () => {
  on = await openTestPlatform();
});
afterAll(async () => {
  await on.close();
});

/** Passes connections on. It cuts or stalls the answers of the first `faults` connections after `bytes`. */
async function startProxy(options: { faults: number; bytes: number; kind: "stall" | "cut" }): Promise<{
  url: string;
  fired: () => number;
  stop: () => void;
}> {
  const target = new URL(on.platform.settings.s3Endpoint ?? "");
  const sockets: Socket[] = [];
  let fired = 0;
  const server: Server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    sockets.push(client, upstream);
    for (const socket of [client, upstream]) socket.on("error", () => undefined);
    client.on("close", () => upstream.destroy());
    client.pipe(upstream);
    let left = fired < options.faults ? options.bytes : Number.POSITIVE_INFINITY;
    upstream.on("data", (chunk: Buffer) => {
      if (left <= 0) return;
      client.write(chunk.subarray(0, Math.min(left, chunk.length)));
      left -= chunk.length;
      if (left > 0) return;
      fired += 1;
      if (options.kind === "cut") client.end();
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `http://127.0.0.1:${port}`, fired: () => fired, stop };
}

async function uploaded(key: string): Promise<SourceObject> {
  await on.put(key, body);
  const head = await on.stores.s3.send(new HeadObjectCommand({ Bucket: on.bucket, Key: key }));
  const format = { format: ndjson, compression: null } as const;
  return { bucket: on.bucket, key, etag: head.ETag ?? "", size: body.length, lastModifiedMs: 0, format };
}

function readerOf(s3: TestPlatform["stores"]["s3"], attemptsMax = 4): ObjectReader {
  const { clock, random } = on.platform;
  return new ObjectReader({ s3, clock, random, limits: { idleTimeoutMs: 300, attemptsMax } });
}

describe("ObjectReader", () => {
  test("gives exactly the bytes asked for", async () => {
    const object = await uploaded("range.ndjson");
    const reader = readerOf(on.stores.s3);
    for (const [start, end] of [
      [0, 1],
      [5, 1_000_000],
      [2_999_999, 3_000_000],
      [7, 7],
    ] as const) {
      expect(Buffer.compare(await reader.bytes(object, { start, end }), body.subarray(start, end))).toBe(0);
    }
  });

  test.each(["stall", "cut"] as const)("resumes a body that meets a %s, from the byte it reached", async (kind) => {
    const object = await uploaded(`${kind}.ndjson`);
    const proxy = await startProxy({ faults: 3, bytes: 700_000, kind });
    const s3 = createS3({ ...on.platform.settings, s3Endpoint: proxy.url });
    try {
      const bytes = await readerOf(s3).bytes(object, { start: 0, end: body.length });
      expect(Buffer.compare(bytes, body)).toBe(0);
      expect(proxy.fired()).toBe(3);
    } finally {
      s3.destroy();
      proxy.stop();
    }
  });

  test("gives up after its attempts, with the object and the remedy", async () => {
    const object = await uploaded("gone.ndjson");
    const proxy = await startProxy({ faults: 1_000, bytes: 2_000, kind: "stall" });
    const s3 = createS3({ ...on.platform.settings, s3Endpoint: proxy.url });
    try {
      await expect(readerOf(s3, 2).bytes(object, { start: 0, end: body.length })).rejects.toMatchObject({
        code: "SOURCE_UNAVAILABLE",
        message: expect.stringContaining("gone.ndjson: reading failed 2 times"),
      });
    } finally {
      s3.destroy();
      proxy.stop();
    }
  });

  test("refuses an object that is not the one of the load", async () => {
    const object = await uploaded("etag.ndjson");
    await on.put("etag.ndjson", "other");
    const failing = readerOf(on.stores.s3).bytes(object, { start: 0, end: 5 });
    await expect(failing).rejects.toMatchObject({ code: "OBJECT_CHANGED" });
  });

  test("stops at once when the signal fires", async () => {
    const object = await uploaded("signal.ndjson");
    const reason = new Error("enough");
    const controller = new AbortController();
    const reading = async (): Promise<void> => {
      const chunks = readerOf(on.stores.s3).stream(object, { start: 0, end: body.length }, controller.signal);
      for await (const _ of chunks) controller.abort(reason);
    };
    await expect(reading()).rejects.toBe(reason);
  });
});
