/**
 * Faults at the edges of jobs and of the objects that jobs load. An additional worker has a queue of its own, and
 * reaches S3 through a proxy of its own; the queue's server is the one of the run.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type EnqueuedJob, type JobQueue, type JobRequest, openJobQueue } from "@trilane/job-worker";
import { startTcpProxy } from "@trilane/verification/faults";
import { Redis } from "ioredis";
import { GROUP } from "../torture.config.ts";
import type { EdgeFault, EdgeOutcome } from "./edge-fault.ts";
import { EdgeRecords, missingAfterWait, presentOf } from "./edge-records.ts";
import type { EdgeSetting } from "./edge-setting.ts";
import { scanLogs } from "./log-scan.ts";
import { EDGE_PREFIX, olderContent, outageWhileListing } from "./object-edges.ts";
import { endedTwice } from "./signal-edges.ts";

const WAIT_MS = 20_000;
const AGAIN_MS = 300;
/** It is less than the server uses, so that buffers that come and go make no room. */
const LOWERED_BYTES = 4_000_000;
const FULL_JOBS = 4;
const PAD_CHARACTERS = 200;

/** @param cleanups gets the functions that end what was opened */
export async function openJobEdges(
  setting: EdgeSetting,
  cleanups: (() => Promise<void> | void)[],
): Promise<readonly EdgeFault[]> {
  const { servers, processes, run } = setting;
  const s3Proxy = await startTcpProxy({ name: "edge-worker-s3", upstreamPort: servers.servers.s3.port });
  cleanups.push(() => s3Proxy.close());
  const queueUrl = servers.servers.queue.url;
  const queue = await openJobQueue({ queueUrl, queue: `${run}-edges` });
  cleanups.push(() => queue.close());
  const admin = new Redis(queueUrl, { maxRetriesPerRequest: null });
  admin.on("error", () => undefined);
  cleanups.push(() => admin.disconnect());
  const environment = { TRILANE_S3_ENDPOINT: `http://127.0.0.1:${s3Proxy.port}` };
  processes.edgeJobLane({ queue: `${run}-edges`, loadFrom: `s3://${run}/${EDGE_PREFIX}`, environment });
  const objects = { ...setting, s3Proxy, send: (request: JobRequest) => sendUntilDone(queue, request) };
  const records = new EdgeRecords("full-queue");
  return [
    { kind: "edge: full queue", run: () => fullQueue({ setting, queue, admin, records }) },
    { kind: "edge: object put back to an older content", run: () => olderContent(objects) },
    { kind: "edge: object store away while listing", run: () => outageWhileListing(objects) },
    { kind: "edge: worker signalled at its start, and twice", run: (random) => endedTwice(setting, random) },
    { kind: "edge: logs scanned for secrets and payloads", run: () => scanLogs(processes.logFiles) },
  ];
}

interface FullQueue {
  readonly setting: EdgeSetting;
  readonly queue: JobQueue;
  readonly admin: Redis;
  readonly records: EdgeRecords;
}

/** The server's limit is lowered below what it uses: senders are refused, and refused jobs are never run. */
async function fullQueue({ setting, queue, admin, records }: FullQueue): Promise<EdgeOutcome> {
  const { platform } = setting;
  const [, before = "0"] = (await admin.config("GET", "maxmemory")) as string[];
  const used = Number(/^used_memory:(\d+)/m.exec(await admin.info("memory"))?.[1] ?? LOWERED_BYTES);
  const refused = [];
  const sent = [];
  try {
    await admin.config("SET", "maxmemory", Math.max(1, used - LOWERED_BYTES));
    for (let job = 0; job < FULL_JOBS; job += 1) {
      const record = { ...records.next(), pad: padding() };
      const isRefused = await queue.enqueue(putOf(record)).then(
        () => false,
        (error: unknown) => error instanceof Error && "code" in error && error.code === "QUEUE_FULL",
      );
      if (isRefused) refused.push(record);
      await delay(AGAIN_MS);
    }
  } finally {
    await admin.config("SET", "maxmemory", before);
  }
  const record = { ...records.next(), pad: padding() };
  await sendUntilDone(queue, putOf(record));
  sent.push(record);
  const missing = await missingAfterWait(platform, sent);
  const wrong = await presentOf(platform, refused);
  return {
    detail: `${refused.length} of ${FULL_JOBS} jobs refused`,
    effects: refused.length,
    problems: [...missing.map((id) => `${id} is missing`), ...wrong.map((id) => `${id} was refused and is there`)],
  };
}

function putOf(record: object): JobRequest {
  return { name: "put", data: { group: GROUP, records: [record] } };
}

/** Sends as a careful sender does, until there is an answer. */
async function sendUntilDone(queue: JobQueue, request: JobRequest): Promise<EnqueuedJob> {
  for (;;) {
    try {
      return await queue.enqueue({ ...request, wait: true, timeoutMs: WAIT_MS });
    } catch {
      await delay(AGAIN_MS);
    }
  }
}

function padding(): string {
  return EdgeRecords.PAYLOAD_MARKER.padEnd(PAD_CHARACTERS, "-");
}
