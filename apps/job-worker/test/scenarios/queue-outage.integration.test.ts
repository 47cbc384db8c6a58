/**
 * The queue's server is killed while jobs run, and comes back on its
 * append-only file: every job that it had accepted is done.
 */
import { queueConfig, type ServerHandle, startRedis } from "@trilane/servers";
import { systemClock } from "@trilane/write-through";
import { Queue } from "bullmq";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openQueueConnection } from "../../src/index.ts";
import { MisdatedDelays } from "../../src/misdated-delays.ts";
import { Retention } from "../../src/retention.ts";
import { flight, openWorkFixture, type RunningWork, type WorkFixture } from "../work-fixture.ts";

const JOBS = 400;
const WAITERS = 50;
const AWAY_MS = 8_000;
const DAY_MS = 86_400_000;
const WAIT = { timeout: 90_000, interval: 200 };

let server: ServerHandle;
let fixture: WorkFixture;
let running: RunningWork;
let queue: Queue;
let connection: Awaited<ReturnType<typeof openQueueConnection>>;

beforeAll(async () => {
  server = await startRedis({ name: "queue", config: queueConfig });
  fixture = await openWorkFixture({ TRILANE_QUEUE_URL: server.url });
  const onError = (): void => undefined;
  connection = await openQueueConnection({ queueUrl: server.url, role: "worker", clock: systemClock, onError });
  queue = new Queue(fixture.queue, { connection });
  queue.on("error", onError);
});
afterAll(async () => {
  await running.stop();
  await queue.close();
  connection.disconnect();
  await fixture.close();
  await server.stop();
});

test("every accepted job ends with its receipts, also those under way when the server was killed", async () => {
  const accepted = await Promise.all(
    Array.from({ length: JOBS }, async (_, index) => {
      const data = { group: "routes", records: [flight(`J${index}`, 1 + (index % 50))] };
      return (await fixture.jobs.enqueue({ name: "put", data })).id;
    }),
  );
  running = await fixture.start({ limits: { jobsMax: 8 } });
  await vi.waitUntil(async () => (await queue.getCompletedCount()) > 0, WAIT);
  const doneBefore = await queue.getCompletedCount();
  await server.kill("SIGKILL");
  expect(doneBefore).toBeLessThan(JOBS);
  await server.restart({ keepData: true });

  await vi.waitUntil(async () => (await queue.getCompletedCount()) === JOBS, WAIT);
  const jobs = await Promise.all(accepted.map((id) => queue.getJob(id)));
  for (const job of jobs) {
    expect(job?.returnvalue).toMatchObject({
      kind: "written",
      receipts: [{ status: expect.stringMatching(/applied|duplicate/) }],
    });
  }
  expect(await queue.getFailedCount()).toBe(0);
  expect(await fixture.delayOf(`J${JOBS - 1}`)).toBe(1 + ((JOBS - 1) % 50));
});

test("who waits for a job gets its receipts although the server was killed meanwhile", async () => {
  await running.stop();
  const data = { group: "routes", records: [flight("WAITED", 3)] };
  const waited = fixture.jobs.enqueue({ name: "put", data, wait: true, timeoutMs: WAIT.timeout });
  await vi.waitUntil(async () => (await queue.getWaitingCount()) === 1, WAIT);
  await server.kill("SIGKILL");
  await server.restart({ keepData: true });
  running = await fixture.start();
  expect((await waited).result).toMatchObject({ counts: { applied: 1 } });
});

test("fifty who wait for jobs live through a server that does not answer, and through its death", async () => {
  await running.stop();
  // An unhandled rejection, which the library's own waiting would cause, fails this run by itself.
  const outcomes = Array.from({ length: WAITERS }, (_, index) =>
    fixture.jobs
      .enqueue({
        name: "put",
        data: { group: "routes", records: [flight(`Q${index}`, 3)] },
        wait: true,
        timeoutMs: WAIT.timeout,
      })
      .then(({ result }) => result),
  );
  await vi.waitUntil(async () => (await queue.getWaitingCount()) === WAITERS, WAIT);
  await server.kill("SIGKILL");
  // Longer than a sender's commands wait, so that looks at the jobs fail.
  await systemClock.sleep(AWAY_MS);
  await server.restart({ keepData: true });
  running = await fixture.start();
  for (const result of await Promise.all(outcomes)) expect(result).toMatchObject({ counts: { applied: 1 } });
});

test("a worker whose clock is days ahead takes no finished job for an old one", async () => {
  const { clock, logger, metrics } = fixture.platform;
  const ahead = { ...clock, nowMs: (): number => clock.nowMs() + 60 * DAY_MS };
  const finished = await queue.getCompletedCount();
  expect(finished).toBeGreaterThan(0);
  const own = { connection, queue, deadQueue: queue, maxBytes: () => null };
  const retention = new Retention({ ...own, clock: ahead, logger, metrics });
  await retention.sweep();
  await retention.close();
  expect(await queue.getCompletedCount()).toBe(finished);
});

test("jobs that are wanted late hide no job that a wrong clock dated", async () => {
  const { clock, logger } = fixture.platform;
  const data = { group: "routes", records: [flight("HIDDEN", 7)] };
  await running.stop();
  const wanted = await Promise.all(Array.from({ length: 5 }, () => queue.add("put", data, { delay: 2 * DAY_MS })));
  const hidden = await queue.add("put", data, { delay: 500 });
  await dateLater(hidden.id ?? "");
  const delays = new MisdatedDelays({ connection, queue, clock, logger, jobsPerLook: 2 });
  await delays.look();
  expect(await hidden.getState()).toBe("delayed");
  for (let look = 0; look < 3; look += 1) await delays.look();
  expect(await hidden.getState()).toBe("waiting");
  for (const job of wanted) expect(await job.getState()).toBe("delayed");
  await Promise.all([...wanted, hidden].map((job) => job.remove()));
});

test("a job whose next attempt was dated by a clock that is ahead is run all the same", async () => {
  await running.stop();
  const data = { group: "routes", records: [flight("AHEAD", 7)] };
  const delayed = await queue.add("put", data, { delay: 500 });
  await dateLater(delayed.id ?? "");
  const later = await queue.add("put", { ...data, records: [flight("LATER", 7)] }, { delay: DAY_MS });
  running = await fixture.start();
  await vi.waitUntil(async () => (await delayed.getState()) === "completed", WAIT);
  expect(await fixture.delayOf("AHEAD")).toBe(7);
  expect(await later.getState()).toBe("delayed");
});

/** As a worker whose clock is a day ahead leaves a job that it gave back. */
async function dateLater(id: string): Promise<void> {
  const dueMs = Date.now() + DAY_MS;
  await connection.hset(queue.toKey(id), "ats", "1");
  await connection.zadd(queue.toKey("delayed"), String(dueMs * 4_096), id);
}
