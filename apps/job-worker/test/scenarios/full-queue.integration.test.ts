/** A queue's server with little memory: what is done with does not fill it, and what fills it is said by name. */
import { queueConfig, type ServerHandle, startRedis } from "@trilane/servers";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { flight, openWorkFixture, type RunningWork, type WorkFixture } from "../work-fixture.ts";

const JOBS = 70;
const RECORDS = 9;
const RECORD_BYTES = 100_000;
const PADDING = "x".repeat(RECORD_BYTES);
const TIME_MS = 60_000;

let server: ServerHandle;
let fixture: WorkFixture;
let running: RunningWork | null = null;

beforeAll(async () => {
  server = await startRedis({ name: "small-queue", config: { ...queueConfig, maxmemory: "60mb" } });
  fixture = await openWorkFixture({ TRILANE_QUEUE_URL: server.url });
});
afterEach(async () => {
  await running?.stop().catch(() => undefined);
  running = null;
});
afterAll(async () => {
  await fixture.close();
  await server.stop();
});

/** 0.9 MB. */
function records(job: number, date?: string): readonly object[] {
  return Array.from({ length: RECORDS }, (_, index) => ({
    ...flight(`F${job}-${index}`, 1),
    ...(date === undefined ? {} : { date }),
    padding: PADDING,
  }));
}

describe("of seventy jobs of 0.9 MB, one after the other, in 60 MB", () => {
  test("all are done: finished jobs keep their receipts and not their data", { timeout: TIME_MS }, async () => {
    running = await fixture.start();
    for (let job = 0; job < JOBS; job += 1) {
      const data = { group: "routes", records: records(job) };
      const { result } = await fixture.jobs.enqueue({ name: "put", data, wait: true });
      expect(result).toMatchObject({ counts: { applied: RECORDS } });
    }
  });

  test("all are done though each record is refused and kept", { timeout: TIME_MS }, async () => {
    running = await fixture.start();
    for (let job = 0; job < JOBS; job += 1) {
      const data = { group: "routes", records: records(job, "2001-02-30T00:00:00Z") };
      const { result } = await fixture.jobs.enqueue({ name: "put", data, wait: true });
      expect(result).toMatchObject({ counts: { dead: RECORDS } });
    }
    expect(await running.stop()).toMatchObject({ jobs: { completed: JOBS, failedAttempts: 0 } });
    running = null;
  });
});
