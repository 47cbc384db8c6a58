/**
 * The job `erase`, erasures over HTTP, and a worker that goes on with what an
 * eraser left: on real servers, with persons whose records wait in the queue.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { days, defineConfig, defineGroup } from "@trilane/feature-groups";
import {
  createDynamoDb,
  createS3,
  createLogger,
  erasureRound,
  loadSettings,
  makeToken,
  openPlatform,
  type Platform,
  startEraseServer,
  tokenDigest,
  type WriteAccess,
} from "@trilane/lane-kit";

import { cacheConfig, type ServerHandle, startRedis } from "@trilane/servers";
import { CoreError } from "@trilane/write-through";
import { applyTable } from "@trilane/write-through/dynamodb";
import { Queue } from "bullmq";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { type JobQueue, openJobQueue, openQueueConnection, work } from "../src/index.ts";
import { jobNames } from "../src/decode.ts";
import { eraseElsewhere } from "../src/erase-elsewhere.ts";

const bookings = defineGroup({
  key: ["booking"],
  eventTime: { field: "at", unit: "iso" },
  subject: "passenger",
  schema: z.object({ miles: z.number() }),
  ttlMs: days(36_500),
});
const config = defineConfig({ groups: { bookings } });
const table = `t-${randomBytes(6).toString("hex")}`;
const TOKEN = "a token of this test";

let cache: ServerHandle;
let platform: Platform;
let jobs: JobQueue;
let s3: S3Client;

beforeAll(async () => {
  cache = await startRedis({ name: "cache", config: cacheConfig() });
  const settings = {
    ...loadSettings({
      ...process.env,
      TRILANE_CACHE_URL: cache.url,
      TRILANE_CACHE_LEASE_MS: "300",
      TRILANE_ERASURE_REST_MS: "50",
      TRILANE_DEAD_LETTERS: `s3://${table}/letters`,
      TRILANE_ERASE_PORT: "0",
      TRILANE_ERASE_TOKEN: TOKEN,
    }),
    table,
  };
  const dynamodb = createDynamoDb(settings);
  await applyTable(dynamodb, table);
  dynamodb.destroy();
  s3 = createS3(settings);
  await s3.send(new CreateBucketCommand({ Bucket: table }));
  const logger = createLogger("test", process.env["TRILANE_TEST_LOG"] ?? "silent");
  platform = await openPlatform({ name: "test", settings, logger, config });
  jobs = await openJobQueue({ queueUrl: settings.queueUrl, queue: table });
});
afterAll(async () => {
  s3.destroy();
  await jobs.close();
  await platform.close();
  await cache.stop();
});

function booking(name: string, passenger: string): Readonly<Record<string, unknown>> {
  return { booking: name, passenger, at: "2001-06-30T08:00:00Z", miles: 5 };
}

async function put(...records: readonly Readonly<Record<string, unknown>>[]): Promise<readonly string[]> {
  const changes = records.map((input) => ({ kind: "put", group: "bookings", input }) as const);
  return (await platform.writer.writeMany(changes, { lane: "on-demand" })).map(({ status }) => status);
}

async function milesOf(name: string): Promise<unknown> {
  const [result] = await platform.reader.getMany([{ group: "bookings", key: { booking: name } }]);
  if (result?.kind === "failed" || result?.kind === "refused") throw result.error;
  return result?.kind === "found" ? result.record.features["miles"] : null;
}

async function withWorker<Result>(
  access: readonly string[],
  use: () => Promise<Result>,
  own: Platform = platform,
): Promise<Result> {
  const stop = new AbortController();
  const ready = Promise.withResolvers<void>();
  const allowed = jobNames.filter((name) => access.includes(name));
  const done = work({
    platform: own,
    signal: stop.signal,
    access: { jobs: allowed, loadFrom: [] },
    onReady: () => ready.resolve(),
  });
  done.catch(ready.reject);
  await ready.promise;
  try {
    return await use();
  } finally {
    stop.abort();
    await done;
  }
}

async function withQueue<Result>(use: (queue: Queue) => Promise<Result>): Promise<Result> {
  const { queueUrl } = platform.settings;
  const connection = await openQueueConnection({
    queueUrl,
    role: "sender",
    clock: platform.clock,
    onError: () => undefined,
  });
  const queue = new Queue(table, { connection });
  try {
    return await use(queue);
  } finally {
    await queue.close();
    connection.disconnect();
  }
}

/** All that the queue's server keeps of the queue, as text. */
async function queueText(): Promise<string> {
  return withQueue(async (queue) => {
    const kept = await queue.getJobs(["waiting", "active", "delayed", "failed", "completed"]);
    return JSON.stringify(
      kept.map((job) => [job.name, job.data as unknown, job.returnvalue as unknown, job.failedReason]),
    );
  });
}

/** A platform whose store fails at the first announcement. */
function failingOnce(): Platform {
  const { erasures } = platform.erasing;
  let failures = 0;
  const failing = new Proxy(erasures, {
    get(list, name) {
      const own: unknown = Reflect.get(list, name);
      if (name !== "announce" || failures > 0) return typeof own === "function" ? own.bind(list) : own;
      failures += 1;
      return () => Promise.reject(new CoreError("STORE_UNAVAILABLE", "the store is away"));
    },
  });
  return { ...platform, erasing: { ...platform.erasing, erasures: failing } };
}

it("is not run by a worker that was not told to, and leaves no name behind", async () => {
  const request = { name: "erase", data: { subjects: ["anna-of-jobs"] }, wait: true };
  await withWorker(["put"], async () => {
    await expect(jobs.enqueue(request)).rejects.toThrow(/not "erase"/u);
  });
  expect(await queueText()).not.toContain("anna-of-jobs");
});

it("erases by a job, which holds numbers instead of names when it is done", async () => {
  expect(await put(booking("j-1", "anna-of-jobs"), booking("j-2", "bert"))).toEqual(["applied", "applied"]);
  await withWorker(["put", "erase"], async () => {
    const { result } = await jobs.enqueue({ name: "erase", data: { subjects: ["anna-of-jobs"] }, wait: true });
    const subject = platform.subjects.digestOf("anna-of-jobs");
    expect(result).toMatchObject({ kind: "erased", erasures: [{ number: 1, subject }] });
    const retried = await jobs.enqueue({
      name: "put",
      data: { group: "bookings", records: [booking("j-1", "anna-of-jobs")] },
      wait: true,
    });
    expect(retried.result).toMatchObject({ kind: "written", counts: { erased: 1, applied: 0 } });
  });
  expect([await milesOf("j-1"), await milesOf("j-2")]).toEqual([null, 5]);
});

it("goes back to the queue while the store is away, and counts no attempt for that", async () => {
  expect(await put(booking("o-1", "olga"))).toEqual(["applied"]);
  const state = await withQueue(async (queue) => {
    const job = await queue.add("erase", { subjects: ["olga"] }, { attempts: 1 });
    const hasEnded = async (): Promise<boolean> => ["completed", "failed"].includes(await job.getState());
    await withWorker(["erase"], () => vi.waitUntil(hasEnded, { timeout: 60_000, interval: 100 }), failingOnce());
    return job.getState();
  });
  expect(state).toBe("completed");
  expect(await milesOf("o-1")).toBeNull();
});

it("erases over HTTP with the token alone", async () => {
  expect(await put(booking("h-1", "carla"))).toEqual(["applied"]);
  const server = await startEraseServer(platform, platform.settings);
  const url = `http://127.0.0.1:${server.port}/erasures`;
  const ask = (body: unknown, token = TOKEN): Promise<Response> =>
    fetch(url, { method: "POST", body: JSON.stringify(body), headers: { authorization: `Bearer ${token}` } });
  try {
    expect((await ask({ subjects: ["carla"] }, "guessed")).status).toBe(401);
    expect(await milesOf("h-1")).toBe(5);
    expect((await ask({ subjects: ["carla"], permanent: true, lift: true })).status).toBe(400);
    const erased = await ask({ subjects: ["carla"], permanent: true });
    const text = await erased.text();
    expect([erased.status, text]).toEqual([200, expect.stringContaining(platform.subjects.digestOf("carla"))]);
    expect(text).not.toContain("carla");
    expect(await milesOf("h-1")).toBeNull();
    expect(await put({ ...booking("h-2", "carla"), at: new Date(Date.now() + 60_000).toISOString() })).toEqual([
      "erased",
    ]);
    expect((await ask({ subjects: ["carla"], lift: true })).status).toBe(200);
    expect(await put({ ...booking("h-2", "carla"), at: new Date().toISOString() })).toEqual(["applied"]);
  } finally {
    await server.close();
  }
  const { eraseToken: _, ...withoutToken } = platform.settings;
  await expect(startEraseServer(platform, withoutToken)).rejects.toThrow(/TRILANE_ERASE_TOKEN/u);
});

it("erases over HTTP for clients with the right to erase every group of persons, and for no others", async () => {
  expect(await put(booking("a-1", "emil"))).toEqual(["applied"]);
  const [eraser, reader] = [makeToken(), makeToken()];
  const clients = [
    { name: "privacy", tokens: [tokenDigest(eraser).toString("hex")], rights: { bookings: ["erase"] } },
    { name: "reports", tokens: [tokenDigest(reader).toString("hex")], rights: { "*": ["read", "put", "delete"] } },
  ];
  const folder = mkdtempSync(join(tmpdir(), "trilane-erase-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const accessFile = join(folder, "access.json");
  writeFileSync(accessFile, JSON.stringify({ clients }));
  const { eraseToken: _, ...withoutToken } = platform.settings;
  await expect(startEraseServer(platform, { ...platform.settings, accessFile })).rejects.toThrow(/is set as well/u);
  const entries: Parameters<WriteAccess>[0][] = [];
  const server = await startEraseServer(platform, { ...withoutToken, accessFile }, (entry) => entries.push(entry));
  const ask = async (token: string): Promise<readonly [number, string]> => {
    const headers = { authorization: `Bearer ${token}` };
    const body = JSON.stringify({ subjects: ["emil"] });
    const response = await fetch(`http://127.0.0.1:${server.port}/erasures`, { method: "POST", body, headers });
    return [response.status, await response.text()];
  };
  try {
    expect((await ask(makeToken()))[0]).toBe(401);
    expect(await ask(reader)).toEqual([403, expect.stringContaining('may not erase \\"bookings\\"')]);
    expect(await milesOf("a-1")).toBe(5);
    expect((await ask(eraser))[0]).toBe(200);
    expect(await milesOf("a-1")).toBeNull();
    expect(entries).toMatchObject([
      { client: null, verb: "erase", keys: 0, status: 401 },
      { client: "reports", verb: "erase", keys: 0, status: 403 },
      { client: "privacy", verb: "erase", groups: ["bookings"], keys: 1, status: 200 },
    ]);
    expect(JSON.stringify(entries)).not.toContain("emil");
  } finally {
    await server.close();
  }
});

it("goes on with what an eraser announced and left, in table, queue and dead letters of loads", async () => {
  expect(await put(booking("w-1", "dora"))).toEqual(["applied"]);
  await jobs.enqueue({ name: "put", data: { group: "bookings", records: [booking("w-2", "dora")] } });
  const nowMs = Date.now();
  await platform.erasing.erasures.announce([
    {
      subject: platform.subjects.digestOf("dora"),
      kind: "erase",
      untilUs: nowMs * 1_000,
      id: "x",
      by: "test",
      atMs: nowMs,
    },
  ]);
  const subject = platform.subjects.digestOf("dora");
  const Body = `${JSON.stringify({ reason: "invalid-features", subject, eventTimeUs: 1, input: {} })}\n`;
  const letter = { Bucket: table, Key: "letters/l-1/0.ndjson" };
  await s3.send(new PutObjectCommand({ ...letter, Body }));
  await erasureRound({ platform, eraseElsewhere: (ms) => eraseElsewhere(platform, { queue: table, nowMs: ms }) });
  await expect(s3.send(new GetObjectCommand(letter))).rejects.toThrow(/NoSuchKey|does not exist/iu);
  expect(await milesOf("w-1")).toBeNull();
  const { last, inForce } = await platform.erasing.erasures.readState();
  expect(inForce).toBe(last);
  const [entry] = await platform.erasing.erasures.readEntries(last - 1, last);
  expect(entry?.sweep).toMatchObject({ removed: 1 });
  expect(await queueText()).not.toContain("dora");
});
