/**
 * Jobs in the form in which clients of other languages send them, and jobs that
 * the server gives to a worker twice.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { deadQueueOf } from "../../src/index.ts";
import { sendText, withQueue, withWriter } from "../lane-helpers.ts";
import { flight, LOCK_MS, openWorkFixture, type RunningWork, type WorkFixture } from "../work-fixture.ts";

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

describe("payloads of other clients", () => {
  test("keep integers beyond 2^53 that are sent as JSON numbers: a rounded key is another entity", async () => {
    running = await fixture.start();
    const record = JSON.stringify(flight("BIG", 1)).replace('"SEA"', "9007199254740993");
    await sendText(fixture.platform, { queue: fixture.queue, text: `{"group":"routes","records":[${record}]}` });
    const delayFrom = async (origin: string): Promise<unknown> =>
      (await fixture.platform.reader.get("routes", { origin, destination: "BIG" }))?.features["delay"];
    await vi.waitUntil(async () => (await delayFrom("9007199254740993")) === 1, { timeout: 10_000 });
    expect(await delayFrom("9007199254740992")).toBeUndefined();
  });

  test.each([
    ["no JSON", '{"group":', /is no JSON/],
    [
      "nested too deep",
      `{"group":"routes","records":[${"[".repeat(200_000)}12345678901234567890${"]".repeat(200_000)}]}`,
      /nested too deep/,
    ],
    ["too large", JSON.stringify({ group: "routes", records: ["x".repeat(1_048_576)] }), /at most 1048576 fit/],
  ])("that are %s fail their job, and the worker goes on", async (_kind, text, reason) => {
    running = await fixture.start();
    const id = await sendText(fixture.platform, { queue: fixture.queue, text });
    await withQueue(fixture.platform, fixture.queue, async (queue) => {
      await vi.waitUntil(async () => (await queue.getJobState(id)) === "failed", { timeout: 10_000 });
      const failed = await queue.getFailed();
      expect(failed.find((job) => job.id === id)?.failedReason).toMatch(reason);
    });
    expect(
      (await fixture.jobs.enqueue({ name: "put", data: { group: "routes", records: [flight("ON", 1)] }, wait: true }))
        .result,
    ).toMatchObject({ kind: "written" });
  });

  test("refused records are kept under any id, also under one that is used again, and however deep they are", async () => {
    running = await fixture.start();
    const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    const text = `{"group":"routes","records":[${deep},{"at":1}]}`;
    const before = await withQueue(fixture.platform, deadQueueOf(fixture.queue), (queue) => queue.getWaitingCount());
    for (const timestamp of [1_000, 2_000]) {
      const id = await sendText(
        fixture.platform,
        { queue: fixture.queue, text },
        { jobId: "repeat:daily:1", removeOnComplete: true, timestamp },
      );
      await withQueue(fixture.platform, fixture.queue, async (queue) => {
        await vi.waitUntil(async () => (await queue.getJobState(id)) === "unknown", { timeout: 10_000 });
      });
    }
    const letters = await withQueue(fixture.platform, deadQueueOf(fixture.queue), (queue) => queue.getWaiting());
    const data: readonly { readonly job: string }[] = letters.map((letter) => letter.data);
    expect(letters.length - before).toBe(4);
    const own = data.filter(({ job }) => job === "repeat:daily:1");
    expect(own).toContainEqual(expect.objectContaining({ index: 0, recordText: deep }));
    expect(own).toContainEqual(expect.objectContaining({ index: 1, record: { at: 1 } }));
  });
});

describe("a job that a worker lost the lock of", () => {
  test("is not begun again beside itself when its lock is lost", async () => {
    let [underWay, most, calls] = [0, 0, 0];
    const ended = Promise.withResolvers<void>();
    const platform = withWriter(fixture.platform, async (next) => {
      calls += 1;
      underWay += 1;
      most = Math.max(most, underWay);
      // This is like a long turn of decoding, which no signal ends.
      if (calls === 1) await ended.promise;
      underWay -= 1;
      return next();
    });
    running = await fixture.start({ platform, limits: { lockMs: LOCK_MS, stalledIntervalMs: 200 } });
    const { id } = await fixture.jobs.enqueue({
      name: "put",
      data: { group: "routes", records: [flight("TWICE", 1)] },
    });
    await vi.waitUntil(() => calls === 1, { timeout: 5_000 });
    await withQueue(fixture.platform, fixture.queue, async (queue, connection) => {
      const lose = async (): Promise<boolean> => {
        await connection.del(`bull:${fixture.queue}:${id}:lock`);
        return (await queue.getJobState(id)) === "delayed";
      };
      await vi.waitUntil(lose, { timeout: 20_000, interval: 100 });
      ended.resolve();
      await vi.waitUntil(async () => (await queue.getJobState(id)) === "completed", { timeout: 20_000 });
    });
    expect(most).toBe(1);
  });
});
