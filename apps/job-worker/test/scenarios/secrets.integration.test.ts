/**
 * A worker's process while its jobs fail, its queue is full and its password is
 * rotated: neither the password nor the content of the jobs is found in its
 * log, its metrics or its health answers.
 */
import type { ChildProcess } from "node:child_process";
import { queueConfig, type ServerHandle, startRedis } from "@trilane/servers";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openJobQueue } from "../../src/index.ts";
import { flight, openWorkFixture, type WorkFixture } from "../work-fixture.ts";

const SECRET = "S3cr3tM4rker";
const PAYLOAD = "P4yl0adM4rker";
const TIME_MS = 120_000;
const WAIT = { timeout: TIME_MS, interval: 100 };
const FAILED_FOR_GOOD = 3;

let server: ServerHandle;
let admin: Redis;
let fixture: WorkFixture;
let queueUrl: string;
beforeAll(async () => {
  server = await startRedis({ name: "secret-queue", config: queueConfig });
  admin = new Redis(server.url);
  await admin.call("ACL", "SETUSER", "app", "on", `>${SECRET}`, "~*", "&*", "+@all");
  queueUrl = server.url.replace("://", `://app:${SECRET}@`);
  fixture = await openWorkFixture({ TRILANE_QUEUE_URL: queueUrl });
});
afterAll(async () => {
  await fixture.close();
  admin.disconnect();
  await server.stop();
});

test("shows neither password nor payload, whatever fails", { timeout: TIME_MS }, async () => {
  const more = { TRILANE_QUEUE_URL: queueUrl, TRILANE_HEALTH_PORT: "0", TRILANE_LOG_LEVEL: "trace" };
  const child = fixture.startProcess(more);
  const log = logOf(child);
  await vi.waitUntil(() => log().includes("takes jobs"), WAIT);
  await sendJobs();
  await vi.waitUntil(() => log().match(/"msg":"job failed"/g)?.length === FAILED_FOR_GOOD, WAIT);

  await admin.config("SET", "maxmemory", "1");
  await vi.waitUntil(async () => (await healthOf(log())).includes("senders are refused"), WAIT);
  await expect(sendJobs()).rejects.toMatchObject({ code: "QUEUE_FULL" });

  await admin.call("ACL", "SETUSER", "app", "resetpass", ">another");
  await admin.call("CLIENT", "KILL", "USER", "app");
  await vi.waitUntil(() => log().includes("WRONGPASS"), WAIT);
  await healthOf(log());
  child.kill("SIGTERM");
  await vi.waitUntil(() => child.exitCode !== null || child.signalCode !== null, WAIT);
  scan(log());
});

/** A group that does not exist, a source that is not allowed, a group without a resolver; and a record that is refused. */
async function sendJobs(): Promise<void> {
  const jobs = await openJobQueue({ queueUrl, queue: fixture.queue });
  const refused = { ...flight("SFO", 1), delay: PAYLOAD, password: PAYLOAD };
  try {
    await jobs.enqueue({ name: "put", data: { group: "none", records: [{ text: PAYLOAD }] } });
    await jobs.enqueue({ name: "load", data: { group: "routes", source: "s3://none-of-ours/x.csv" } });
    await jobs.enqueue({ name: "refresh", data: { group: "routes", key: { origin: "A", destination: "B" } } });
    await jobs.enqueue({ name: "put", data: { group: "routes", records: [refused] }, wait: true });
  } finally {
    await jobs.close();
  }
}

function scan(text: string): string {
  expect(text).not.toContain(SECRET);
  expect(text).not.toContain(PAYLOAD);
  return text;
}

function logOf(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += String(chunk)));
  return () => text;
}

/** Readiness and metrics, from the port that the log names. */
async function healthOf(log: string): Promise<string> {
  const port = /"port":(\d+),"msg":"health server listens"/.exec(log)?.[1];
  const answers = await Promise.all(
    ["/health/ready", "/metrics"].map(async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()),
  );
  return scan(answers.join("\n"));
}
