import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { createS3 } from "@trilane/lane-kit";
import { cacheConfig, startRedis } from "@trilane/servers";
import { CoreError, systemClock } from "@trilane/write-through";
import { Queue, Worker } from "bullmq";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { deadQueueOf, enqueue, openQueueConnection, type Resolvers } from "../src/index.ts";
import { withQueue, withWriter } from "./lane-helpers.ts";
import { flight, LOCK_MS, openWorkFixture, type RunningWork, type WorkFixture } from "./work-fixture.ts";

let fixture: WorkFixture;
let running: RunningWork | null = null;
beforeAll(async () => {
  fixture = await openWorkFixture();
});
afterEach(async () => {
  await running?.stop().catch(() => undefined);
  running = null;
});
afterAll(() => fixture.close());

describe("jobs that are waited for", () => {
  test("put and delete answer receipts, and reads see the write", async () => {
    running = await fixture.start();
    const { jobs } = fixture;
    const put = await jobs.enqueue({
      name: "put",
      data: { group: "routes", records: [flight("A", 2), flight("A", 1)] },
      wait: true,
    });
    expect(put.result).toMatchObject({
      kind: "written",
      receipts: [
        { status: "applied", version: expect.any(String) },
        { status: "superseded", by: expect.any(String) },
      ],
    });
    expect(await fixture.delayOf("A")).toBe(2);
    const keys = [{ origin: "SEA", destination: "A" }];
    const removed = await jobs.enqueue({ name: "delete", data: { group: "routes", keys }, wait: true });
    expect(removed.result).toMatchObject({ counts: { applied: 1 } });
    expect(await fixture.delayOf("A")).toBeNull();
    const late = await jobs.enqueue({ name: "put", data: { group: "routes", records: [flight("A", 3)] }, wait: true });
    expect(late.result).toMatchObject({ receipts: [{ status: "superseded" }] });
    expect(await running.stop()).toMatchObject({
      jobs: { completed: 3 },
      consumed: 4,
      receipts: { applied: 2, superseded: 2 },
    });
  });

  test("records that are refused are kept with their reason", async () => {
    running = await fixture.start();
    const records = [flight("D", 1), { ...flight("D", 2), date: "2199-01-01T00:00:00Z" }, 17];
    const { id, result } = await fixture.jobs.enqueue({ name: "put", data: { group: "routes", records }, wait: true });
    expect(result).toMatchObject({ counts: { applied: 1, dead: 2 } });
    const dead = await withQueue(fixture.platform, deadQueueOf(fixture.queue), (queue) => queue.getWaiting());
    expect(dead.map(({ data }) => data)).toMatchObject([
      { job: id, lane: "on-demand", index: 1, reason: "event-time-in-future", record: records[1] },
      { job: id, lane: "on-demand", index: 2, reason: "not-an-object", record: 17 },
    ]);
  });

  test("refresh writes what the resolver answers, and deletes what is gone", async () => {
    const names = new Map([["SEA", "Seattle-Tacoma"]]);
    const resolvers: Resolvers = {
      async airports({ iata }) {
        const name = names.get(String(iata));
        return name === undefined ? null : { iata, name };
      },
      async routes() {
        return flight("elsewhere", 1);
      },
    };
    running = await fixture.start({ resolvers });
    const refresh = (group: string, key: object) =>
      fixture.jobs.enqueue({ name: "refresh", data: { group, key }, wait: true });
    const nameOf = async (iata: string) => (await fixture.platform.reader.get("airports", { iata }))?.features["name"];
    await refresh("airports", { iata: "SEA" });
    expect(await nameOf("SEA")).toBe("Seattle-Tacoma");
    names.set("SEA", "Sea-Tac");
    await refresh("airports", { iata: "SEA" });
    expect(await nameOf("SEA")).toBe("Sea-Tac");
    names.clear();
    await refresh("airports", { iata: "SEA" });
    expect(await nameOf("SEA")).toBeUndefined();
    await expect(refresh("routes", { origin: "SEA", destination: "X" })).rejects.toThrow(/answered another/);
    await expect(refresh("airports", { code: "SEA" })).rejects.toMatchObject({ code: "JOB_FAILED" });
  });

  test("a refresh has the time that the store confirms, not that of a worker's clock", async () => {
    const nowMs = (): number => systemClock.nowMs() - 3_600_000;
    const platform = { ...fixture.platform, clock: { ...systemClock, nowMs } };
    let name = "first";
    running = await fixture.start({ platform, resolvers: { airports: async ({ iata }) => ({ iata, name }) } });
    const refresh = () =>
      fixture.jobs.enqueue({ name: "refresh", data: { group: "airports", key: { iata: "PDX" } }, wait: true });
    const nameNow = async () => (await fixture.platform.reader.get("airports", { iata: "PDX" }))?.features["name"];
    await fixture.jobs.enqueue({
      name: "put",
      data: { group: "airports", records: [{ iata: "PDX", name: "before" }] },
      wait: true,
    });
    await refresh();
    expect(await nameNow()).toBe("first");
    name = "second";
    await refresh();
    expect(await nameNow()).toBe("second");
  });

  test("what is hopeless fails at once with its reason", async () => {
    running = await fixture.start();
    const send = (name: string, data: unknown) => fixture.jobs.enqueue({ name, data, wait: true });
    await expect(send("put", { group: "rutes", records: [{}] })).rejects.toThrow(/no feature group.*routes/);
    await expect(send("refresh", { group: "airports", key: { iata: "SEA" } })).rejects.toThrow(/no resolver/);
    await expect(send("load", { group: "routes", source: "not-s3" })).rejects.toMatchObject({ code: "JOB_FAILED" });
    await expect(send("put", { group: "routes" })).rejects.toMatchObject({ code: "INVALID_JOB" });
  });

  test("a job that nobody runs says so when the time is over", async () => {
    const data = { group: "routes", records: [flight("T", 1)] };
    await expect(
      enqueue({
        queueUrl: fixture.platform.settings.queueUrl,
        queue: fixture.queue,
        name: "put",
        data,
        wait: true,
        timeoutMs: 50,
      }),
    ).rejects.toMatchObject({ code: "WAIT_TIMEOUT" });
    running = await fixture.start();
    await vi.waitUntil(async () => (await fixture.delayOf("T")) === 1);
  });
});

describe("jobs of other clients", () => {
  test("with a wrong payload fail for good", async () => {
    running = await fixture.start();
    const { settings, clock } = fixture.platform;
    const connection = await openQueueConnection({
      queueUrl: settings.queueUrl,
      role: "sender",
      clock,
      onError: () => undefined,
    });
    const queue = new Queue(fixture.queue, { connection });
    const job = await queue.add("put", { group: "routes", rows: [] }, { attempts: 5 });
    await vi.waitUntil(() => job.isFailed(), { timeout: 5_000 });
    const failed = await queue.getJob(job.id ?? "");
    expect(failed?.failedReason).toContain("records");
    expect(failed?.attemptsMade).toBe(1);
    await queue.close();
    connection.disconnect();
  });
});

test("with --dead-max a job of more refused records fails, and its good records are written", async () => {
  running = await fixture.start({ deadMax: { kind: "rows", rows: 1 } });
  const records = [flight("DM", 1), 17, 18];
  const job = fixture.jobs.enqueue({ name: "put", data: { group: "routes", records }, wait: true });
  await expect(job).rejects.toThrow(/2 of 3 records were refused, the first with not-an-object/);
  expect(await fixture.delayOf("DM")).toBe(1);
  const fewer = { group: "routes", records: [flight("DM", 2), 17] };
  expect((await fixture.jobs.enqueue({ name: "put", data: fewer, wait: true })).result).toMatchObject({
    counts: { dead: 1 },
  });
});

describe("a job under way", () => {
  test("is cancelled down to the writer when its lock is lost", async () => {
    const seen = Promise.withResolvers<AbortSignal>();
    const platform = withWriter(fixture.platform, async (_next, changes, { signal }) => {
      if (signal === undefined) throw new TypeError("the writer was given no signal");
      seen.resolve(signal);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return changes.map(() => ({ status: "failed", error: new CoreError("ABORTED", "aborted") }));
    });
    const limits = { lockMs: LOCK_MS, stalledIntervalMs: 60_000 };
    running = await fixture.start({ platform, limits });
    const { id } = await fixture.jobs.enqueue({ name: "put", data: { group: "routes", records: [flight("L", 1)] } });
    const signal = await seen.promise;
    expect(signal.aborted).toBe(false);
    const { settings, clock } = fixture.platform;
    const connection = await openQueueConnection({
      queueUrl: settings.queueUrl,
      role: "sender",
      clock,
      onError: () => undefined,
    });
    expect(await connection.del(`bull:${fixture.queue}:${id}:lock`)).toBe(1);
    connection.disconnect();
    await vi.waitUntil(() => signal.aborted, { timeout: 5_000 });
  });

  test("goes back to the queue at the end of the worker, and is run by another", async () => {
    const called = Promise.withResolvers<void>();
    const platform = withWriter(fixture.platform, async (_next, changes, { signal }) => {
      called.resolve();
      await new Promise((resolve) => signal?.addEventListener("abort", resolve));
      return changes.map(() => ({ status: "failed", error: new CoreError("ABORTED", "aborted") }));
    });
    const first = await fixture.start({ platform, limits: { drainLimitMs: 50 } });
    const waited = fixture.jobs.enqueue({
      name: "put",
      data: { group: "routes", records: [flight("B", 7)] },
      wait: true,
    });
    await called.promise;
    expect(await first.stop()).toMatchObject({ jobs: { completed: 0, failedAttempts: 0 } });
    running = await fixture.start();
    expect((await waited).result).toMatchObject({ counts: { applied: 1 } });
    expect(await fixture.delayOf("B")).toBe(7);
  });

  test("is tried again when records come back failed", async () => {
    let calls = 0;
    const platform = withWriter(fixture.platform, async (next, changes) => {
      calls += 1;
      if (calls > 1) return next();
      return changes.map(() => ({ status: "failed", error: new CoreError("STORE_UNAVAILABLE", "injected") }));
    });
    running = await fixture.start({ platform, retry: { attemptsMax: 1, baseMs: 1, maxMs: 1 } });
    const data = { group: "routes", records: [flight("E", 4)] };
    const { result } = await fixture.jobs.enqueue({ name: "put", data, wait: true });
    expect(result).toMatchObject({ counts: { applied: 1, failed: 0 } });
    expect(await running.stop()).toMatchObject({ jobs: { completed: 1, failedAttempts: 1 } });
  });

  test("outlasts an outage even where its sender gave it one attempt", async () => {
    let calls = 0;
    const platform = withWriter(fixture.platform, async (next, changes) => {
      calls += 1;
      if (calls > 2) return next();
      return changes.map(() => ({ status: "failed", error: new CoreError("STORE_UNAVAILABLE", "injected") }));
    });
    running = await fixture.start({ platform, retry: { attemptsMax: 1, baseMs: 1, maxMs: 1 } });
    const data = { group: "routes", records: [flight("OUT", 6)] };
    await withQueue(fixture.platform, fixture.queue, (queue) => queue.add("put", data, { attempts: 1 }));
    await vi.waitUntil(async () => (await fixture.delayOf("OUT")) === 6, { timeout: 20_000 });
    expect(calls).toBe(3);
  });

  test("ends the lane when nothing can be written as things are", async () => {
    const platform = withWriter(fixture.platform, async (_next, changes) =>
      changes.map(() => ({ status: "failed", error: new CoreError("STORE_REJECTED", "injected") })),
    );
    const lane = await fixture.start({ platform });
    await fixture.jobs.enqueue({ name: "put", data: { group: "routes", records: [flight("G", 1)] } });
    await expect(lane.done).rejects.toMatchObject({ code: "STORE_REJECTED" });
    running = await fixture.start();
    await vi.waitUntil(async () => (await fixture.delayOf("G")) === 1, { timeout: 10_000 });
  });
});

describe("refreshes that nobody waits for", () => {
  test("run once more when one comes while another is under way", async () => {
    const gate = Promise.withResolvers<void>();
    let [calls, current] = [0, "old"];
    const resolvers: Resolvers = {
      async airports({ iata }) {
        calls += 1;
        const name = current;
        if (calls === 1) await gate.promise;
        return { iata, name };
      },
    };
    running = await fixture.start({ resolvers });
    const send = () => fixture.jobs.enqueue({ name: "refresh", data: { group: "airports", key: { iata: "PDX" } } });
    await send();
    await vi.waitUntil(() => calls === 1);
    current = "new";
    for (let index = 0; index < 5; index += 1) await send();
    gate.resolve();
    const nameOf = async () => (await fixture.platform.reader.get("airports", { iata: "PDX" }))?.features["name"];
    await vi.waitUntil(async () => (await nameOf()) === "new", { timeout: 5_000 });
    expect(calls).toBe(2);
  });
});

test("a load answers its report, and the same one again is a no-op", async () => {
  const s3 = createS3(fixture.platform.settings);
  onTestFinished(() => s3.destroy());
  await s3.send(new CreateBucketCommand({ Bucket: fixture.queue }));
  const lines = [1, 2, 3].map((minute) => JSON.stringify(flight("N", minute)));
  await s3.send(new PutObjectCommand({ Bucket: fixture.queue, Key: "flights.ndjson", Body: lines.join("\n") }));
  running = await fixture.start({ access: { jobs: ["load"], loadFrom: [`s3://${fixture.queue}/`] } });
  const data = { group: "routes", source: `s3://${fixture.queue}/flights.ndjson` };
  const send = () => fixture.jobs.enqueue({ name: "load", data, wait: true });
  expect((await send()).result).toMatchObject({ kind: "loaded", report: { consumed: 3, alreadyDone: false } });
  expect(await fixture.delayOf("N")).toBe(3);
  expect((await send()).result).toMatchObject({ kind: "loaded", report: { consumed: 3, alreadyDone: true } });
});

describe("a worker that cannot start", () => {
  test("names the policy of a server that evicts", async () => {
    const evicting = await startRedis({ name: "evicting", config: cacheConfig() });
    const platform = { ...fixture.platform, settings: { ...fixture.platform.settings, queueUrl: evicting.url } };
    await expect(fixture.start({ platform })).rejects.toMatchObject({ code: "QUEUE_EVICTS" });
    await expect(enqueue({ queueUrl: evicting.url, queue: "q", name: "put", data: {} })).rejects.toThrow(
      /volatile-lru/,
    );
    await evicting.stop();
  });

  test("says which server does not answer", async () => {
    await expect(enqueue({ queueUrl: "redis://127.0.0.1:1", queue: "q", name: "put", data: {} })).rejects.toMatchObject(
      {
        code: "QUEUE_UNAVAILABLE",
      },
    );
  });
});

test("BullMQ gives a signal only to processors that declare it", async () => {
  const { settings, clock } = fixture.platform;
  const connection = await openQueueConnection({
    queueUrl: settings.queueUrl,
    role: "worker",
    clock,
    onError: () => undefined,
  });
  const queue = new Queue(`${fixture.queue}-length`, { connection });
  const seen = Promise.withResolvers<unknown>();
  const worker = new Worker(queue.name, async (...args) => seen.resolve(args[2]), { connection });
  await queue.add("any", {});
  expect(await seen.promise).toBeUndefined();
  await worker.close();
  await queue.close();
  connection.disconnect();
});
