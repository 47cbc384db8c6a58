/**
 * A worker that runs signed jobs alone: who may have which job done, what becomes
 * of the others, and keys that are renewed while it runs.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeJobKey } from "@trilane/lane-kit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type EnqueuedJob, JobError, type JobQueue, openJobQueue } from "../../src/index.ts";
import { withQueue } from "../lane-helpers.ts";
import { flight, openWorkFixture, type RunningWork, type WorkFixture } from "../work-fixture.ts";

const TIME_MS = 60_000;
const WAIT = { timeout: TIME_MS, interval: 100 };

const folder = mkdtempSync(join(tmpdir(), "trilane-signed-"));
const accessFile = join(folder, "access.json");
const keysFile = join(folder, "keys.json");
const [first, renewed, ofReports] = [makeJobKey(), makeJobKey(), makeJobKey()];
let fixture: WorkFixture;
let running: RunningWork;
const opened: JobQueue[] = [];

function writeRights(rights: object): void {
  const clients = [
    { name: "checkout", rights },
    { name: "reports", rights: { "*": ["read"] } },
  ];
  writeFileSync(accessFile, JSON.stringify({ clients }));
}

function writeKeys(...checkout: readonly string[]): void {
  writeFileSync(keysFile, JSON.stringify({ keys: { checkout, reports: [ofReports] } }));
}

async function senderOf(client: string, key: () => string): Promise<JobQueue> {
  const { queueUrl, queueAccess: access } = fixture.platform.settings;
  const sender = await openJobQueue({ queueUrl, access, queue: fixture.queue, signing: { client, key } });
  opened.push(sender);
  return sender;
}

beforeAll(async () => {
  writeRights({ routes: ["put"] });
  writeKeys(first);
  fixture = await openWorkFixture({
    TRILANE_JOB_SIGNATURES: "required",
    TRILANE_JOB_KEYS_FILE: keysFile,
    TRILANE_ACCESS_FILE: accessFile,
  });
  running = await fixture.start();
});
afterAll(async () => {
  await running.stop();
  for (const sender of opened) await sender.close();
  await fixture.close();
  rmSync(folder, { recursive: true });
});

function put(sender: JobQueue, destination: string, minute: number): Promise<EnqueuedJob> {
  return sender.enqueue({ name: "put", data: { group: "routes", records: [flight(destination, minute)] }, wait: true });
}

/** Whether the job was done; false where the worker refused it. */
async function isDone(sent: Promise<EnqueuedJob>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof JobError && error.code === "JOB_FAILED") return false;
    throw error;
  }
}

test("runs the jobs of a client with the right, and refuses all others with their code", async () => {
  const checkout = await senderOf("checkout", () => first);
  expect((await put(checkout, "A", 1)).result).toMatchObject({ receipts: [{ status: "applied" }] });
  const keys = [{ origin: "SEA", destination: "A" }];
  await expect(checkout.enqueue({ name: "delete", data: { group: "routes", keys }, wait: true })).rejects.toThrow(
    /CLIENT_NOT_ALLOWED: the client "checkout" may not delete "routes"/,
  );
  await expect(put(fixture.jobs, "A", 2)).rejects.toThrow(/JOB_NOT_SIGNED/);
  await expect(put(await senderOf("checkout", makeJobKey), "A", 3)).rejects.toThrow(/SIGNATURE_WRONG/);
  await expect(put(await senderOf("reports", () => ofReports), "A", 4)).rejects.toThrow(/may not put "routes"/);
  expect(await fixture.delayOf("A")).toBe(1);
  const counts = await fixture.platform.metrics.registry.getSingleMetricAsString("trilane_jobs_refused_total");
  expect(counts).toContain('{code="JOB_NOT_SIGNED"} 1');
  expect(counts).toContain('{code="SIGNATURE_WRONG"} 1');
  expect(counts).toContain('{code="CLIENT_NOT_ALLOWED"} 2');
});

test("keeps a refused job, which is run when the client has got the right and the job is retried", async () => {
  const checkout = await senderOf("checkout", () => first);
  const key = { origin: "SEA", destination: "A" };
  const request = { name: "delete", data: { group: "routes", keys: [key] } };
  const { id } = await checkout.enqueue(request);
  await withQueue(fixture.platform, fixture.queue, async (queue) => {
    const stateOf = () => queue.getJobState(id);
    await vi.waitUntil(async () => (await stateOf()) === "failed", WAIT);
    writeRights({ routes: ["put", "delete"] });
    await vi.waitUntil(() => isDone(checkout.enqueue({ ...request, wait: true })), WAIT);
    expect(await stateOf()).toBe("failed");
    await (await queue.getJob(id))?.retry();
    await vi.waitUntil(async () => (await stateOf()) === "completed", WAIT);
  });
  expect(await fixture.delayOf("A")).toBeNull();
});

test("refuses what was changed under a signature, and a copy of a job under another id", async () => {
  const checkout = await senderOf("checkout", () => first);
  await put(checkout, "C", 1);
  await withQueue(fixture.platform, fixture.queue, async (queue, connection) => {
    await queue.pause();
    const { id } = await checkout.enqueue({ name: "put", data: { group: "routes", records: [flight("C", 5)] } });
    const data = (await connection.hget(queue.toKey(id), "data")) ?? "";
    const { timestamp = 0 } = (await queue.getJob(id)) ?? {};
    await connection.hset(queue.toKey(id), "data", data.replace('\\"delay\\":5', '\\"delay\\":6'));
    const copy = await queue.add("put", JSON.parse(data), { jobId: "a-copy", timestamp });
    const late = await queue.add("put", JSON.parse(data), { jobId: id, timestamp: Date.now() });
    expect(late.id).toBe(id);
    await queue.resume();
    for (const each of [id, copy.id ?? ""]) {
      await vi.waitUntil(async () => (await queue.getJobState(each)) === "failed", WAIT);
      expect((await queue.getJob(each))?.failedReason).toContain("SIGNATURE_WRONG");
    }
  });
  expect(await fixture.delayOf("C")).toBe(1);
});

test(
  "refuses no job of the client while its key is renewed, and the old key at the end",
  { timeout: TIME_MS },
  async () => {
    let present = first;
    const checkout = await senderOf("checkout", () => present);
    let [sent, isOver] = [0, false];
    const sending = (async () => {
      for (; !isOver; sent += 1) {
        const { result } = await put(checkout, `R${sent}`, sent);
        expect(result).toMatchObject({ receipts: [{ status: "applied" }] });
      }
    })();
    const withOld = await senderOf("checkout", () => first);
    const withRenewed = await senderOf("checkout", () => renewed);
    writeKeys(first, renewed);
    await vi.waitUntil(() => isDone(put(withRenewed, "NEW", 1)), WAIT);
    expect(await isDone(put(withOld, "BOTH", 1))).toBe(true);
    present = renewed;
    writeKeys(renewed);
    await vi.waitUntil(async () => !(await isDone(put(withOld, "OLD", 1))), WAIT);
    isOver = true;
    await sending;
    expect(sent).toBeGreaterThan(5);
    await expect(put(withOld, "OLD", 2)).rejects.toThrow(/SIGNATURE_WRONG/);
  },
);
