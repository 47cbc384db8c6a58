/**
 * A queue's server with little memory: jobs that are over do not fill it, and a
 * message names what does fill it.
 */
import { queueConfig, type ServerHandle, startRedis } from "@trilane/servers";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { deadQueueOf } from "../../src/index.ts";
import { flight, openWorkFixture, type RunningWork, type WorkFixture } from "../work-fixture.ts";

const MEMORY = "18mb";
const JOBS = 24;
const RECORDS = 9;
/** A job has 0.9 MB. */
const PADDING = "x".repeat(100_000);
const ROOM_OF_BUFFERS_BYTES = 4_000_000;
const TIME_MS = 60_000;

let server: ServerHandle;
let fixture: WorkFixture;
let running: RunningWork | null = null;
let client: Redis;
let queue: Queue;

beforeAll(async () => {
  server = await startRedis({ name: "small-queue", config: { ...queueConfig, maxmemory: MEMORY } });
  fixture = await openWorkFixture({ TRILANE_QUEUE_URL: server.url });
  client = new Redis(server.url, { maxRetriesPerRequest: null });
  queue = new Queue(fixture.queue, { connection: client });
});
beforeEach(async () => {
  await client.config("SET", "maxmemory", MEMORY);
  await client.flushall();
});
afterEach(async () => {
  await running?.stop().catch(() => undefined);
  running = null;
});
afterAll(async () => {
  await queue.close();
  client.disconnect();
  await fixture.close();
  await server.stop();
});

function payload(job: number, date?: string): { readonly group: string; readonly records: readonly object[] } {
  const changed = date === undefined ? {} : { date };
  const records = Array.from({ length: RECORDS }, (_, index) => ({
    ...flight(`F${job}-${index}`, 1),
    ...changed,
    padding: PADDING,
  }));
  return { group: "routes", records };
}

async function usedBytes(): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await client.info("memory"))?.[1]);
}

/** Sends as another client would, until the server refuses the smallest job. */
async function fillWithJobs(): Promise<number> {
  const small = { group: "routes", records: [flight("SMALL", 1)] };
  const isAdded = (data: object): Promise<boolean> =>
    queue.add("put", data, { attempts: 1 }).then(
      () => true,
      () => false,
    );
  let jobs = 0;
  while (await isAdded(payload(jobs))) jobs += 1;
  while (await isAdded(small)) jobs += 1;
  return jobs;
}

describe("of more jobs than the memory holds, one after the other,", () => {
  test("all are done: finished jobs keep their receipts and not their data", { timeout: TIME_MS }, async () => {
    running = await fixture.start();
    for (let job = 0; job < JOBS; job += 1) {
      const { result } = await fixture.jobs.enqueue({ name: "put", data: payload(job), wait: true });
      expect(result).toMatchObject({ counts: { applied: RECORDS } });
    }
    const [finished] = await queue.getCompleted();
    expect(finished).toMatchObject({ data: {}, returnvalue: { counts: { applied: RECORDS } } });
  });

  test("all are done though each record is refused; of the letters the newest stay", { timeout: TIME_MS }, async () => {
    const warn = vi.spyOn(fixture.platform.logger, "warn");
    running = await fixture.start();
    for (let job = 0; job < JOBS; job += 1) {
      const data = payload(job, "2001-02-30T00:00:00Z");
      const { result } = await fixture.jobs.enqueue({ name: "put", data, wait: true });
      expect(result).toMatchObject({ counts: { dead: RECORDS } });
    }
    expect(await running.stop()).toMatchObject({ jobs: { completed: JOBS, failedAttempts: 0 } });
    const letters = await client.llen(`bull:${deadQueueOf(fixture.queue)}:wait`);
    expect(letters).toBeGreaterThan(RECORDS);
    expect(letters).toBeLessThan(JOBS * RECORDS);
    expect(warn.mock.calls.flat()).toContainEqual(expect.stringContaining("the oldest dead letters were removed"));
    expect(await fixture.platform.metrics.registry.metrics()).toMatch(/trilane_queue_dropped_total\{kind="dead"\} \d/);
  });

  test("a client that wants its jobs kept for good does not get that", { timeout: TIME_MS }, async () => {
    running = await fixture.start();
    const options = { removeOnComplete: false, removeOnFail: false };
    for (let job = 0; job < JOBS; job += 1) {
      await queue.add(job % 2 === 0 ? "put" : "unknown", payload(job), options);
      await vi.waitUntil(async () => (await queue.getJobCountByTypes("wait", "active")) === 0, { timeout: TIME_MS });
    }
    expect(await queue.getJobCountByTypes("failed")).toBeLessThan(JOBS / 2);
  });
});

describe("a queue that is full of waiting jobs of another client", () => {
  test("refuses ours by name, and is worked off by a worker that comes", { timeout: TIME_MS }, async () => {
    const warn = vi.spyOn(fixture.platform.logger, "warn");
    const waiting = await fillWithJobs();
    // Buffers of connections come and go; from now on their removal makes no room.
    await client.config("SET", "maxmemory", (await usedBytes()) - ROOM_OF_BUFFERS_BYTES);
    const refused = fixture.jobs.enqueue({ name: "refresh", data: { group: "airports", key: { iata: "SEA" } } });
    await expect(refused).rejects.toMatchObject({ code: "QUEUE_FULL", retryable: true });
    await expect(refused).rejects.toThrow(/uses [\d.]+ of [\d.]+ MiB.*maxmemory/);
    running = await fixture.start();
    await vi.waitUntil(async () => (await queue.getCompletedCount()) === waiting, { timeout: TIME_MS });
    expect(await queue.getFailedCount()).toBe(0);
    expect(warn.mock.calls.flat()).toContainEqual(
      expect.stringMatching(/is full, and senders are refused: [\d.]+ of [\d.]+ MiB/),
    );
    // A sender uses its last answer about the memory for a moment.
    const keys = [{ iata: "SEA" }];
    const send = () => fixture.jobs.enqueue({ name: "delete", data: { group: "airports", keys } });
    const isSent = (): Promise<boolean> =>
      send().then(
        () => true,
        () => false,
      );
    await vi.waitUntil(isSent, { timeout: TIME_MS });
  });
});
