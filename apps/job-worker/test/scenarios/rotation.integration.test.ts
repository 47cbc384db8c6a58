/**
 * A worker runs while the password of its queue and the server's certificate
 * are renewed, and while every connection is closed after each: it reads both
 * from their files again, and no job is lost or fails.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redisRulesOf } from "@trilane/lane-kit";
import { createSecurity, freePort, queueConfig, type Security, type ServerHandle, startRedis } from "@trilane/servers";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openJobQueue, type JobQueue } from "../../src/index.ts";
import { flight, openWorkFixture, type WorkFixture } from "../work-fixture.ts";

const USER = "worker";
const JOBS = 20;
const TIME_MS = 60_000;

let folder = "";
let security: Security;
let server: ServerHandle;
let fixture: WorkFixture;
let admin: Redis;
let senders: JobQueue;
let passwordFile = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "trilane-rotation-"));
  security = await createSecurity({ users: [] });
  passwordFile = join(folder, "password");
  writeFileSync(passwordFile, "of yesterday\n");
  const tlsPort = await freePort();
  server = await startRedis({ name: "queue", config: { ...queueConfig, ...security.tlsConfig(tlsPort) } });
  admin = new Redis(server.url);
  await admin.call("ACL", "SETUSER", USER, "on", ">of yesterday", "allkeys", "+@all");
  fixture = await openWorkFixture({
    TRILANE_QUEUE_URL: `rediss://127.0.0.1:${tlsPort}`,
    TRILANE_QUEUE_USERNAME: USER,
    TRILANE_QUEUE_PASSWORD_FILE: passwordFile,
    TRILANE_QUEUE_CA_FILE: security.certificates.server.authority,
  });
  // From here on the user has the rights of a worker alone.
  await admin.call("ACL", "SETUSER", USER, "resetkeys", ...redisRulesOf("queue", "worker", fixture.queue));
  senders = await openJobQueue({ queueUrl: server.url, queue: fixture.queue });
});

afterAll(async () => {
  await senders?.close();
  admin?.disconnect();
  await fixture?.close();
  await server?.stop();
  await security?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Sends jobs while `change` happens, and resolves when all are done. */
async function sendDuring(first: number, change: () => Promise<unknown>): Promise<void> {
  const sent = Array.from({ length: JOBS }, (_, index) => {
    const records = [flight(`R${first + index}`, first + index)];
    return senders.enqueue({ name: "put", data: { group: "routes", records }, wait: true });
  });
  await change();
  for (const { result } of await Promise.all(sent)) expect(result).toMatchObject({ receipts: [{ status: "applied" }] });
}

/** The connections of the worker; those of this test come by the open way, as another user. */
async function closeConnections(): Promise<void> {
  const closed = Number(await admin.call("CLIENT", "KILL", "USER", USER));
  expect(closed).toBeGreaterThan(0);
}

test("password and certificate are renewed under a running worker", { timeout: TIME_MS }, async () => {
  const running = await fixture.start();
  await sendDuring(0, async () => {
    // Both passwords count until every process has read the new one.
    await admin.call("ACL", "SETUSER", USER, ">of today");
    writeFileSync(passwordFile, "of today\n");
    await closeConnections();
    await admin.call("ACL", "SETUSER", USER, "<of yesterday");
  });
  await sendDuring(JOBS, async () => {
    const { certificates } = security;
    await certificates.renewServer();
    await admin.config(
      "SET",
      "tls-cert-file",
      certificates.server.certificate,
      "tls-key-file",
      certificates.server.key,
    );
    await closeConnections();
  });
  expect(await running.stop()).toMatchObject({ jobs: { completed: 2 * JOBS, failedAttempts: 0 } });
});
