/** Faults of the objects that `load` jobs read: an older content that comes back, and an outage while they are listed. */
import { HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { EnqueuedJob, JobRequest } from "@trilane/job-worker";
import type { TcpProxy } from "@trilane/verification/faults";
import { setTimeout as delay } from "node:timers/promises";
import { GROUP } from "../torture.config.ts";
import type { SensorFields } from "../workload/sent-records.ts";
import type { EdgeOutcome } from "./edge-fault.ts";
import { EdgeRecords, missingAfterWait } from "./edge-records.ts";
import type { EdgeSetting } from "./edge-setting.ts";

export interface ObjectSetting extends EdgeSetting {
  readonly s3Proxy: TcpProxy;
  /** Sends a job, and resolves when it is done. */
  send(request: JobRequest): Promise<EnqueuedJob>;
}

export const EDGE_PREFIX = "edges/";
const OBJECTS = 3;
const AWAY_MS = 4_000;
/** S3 tells the time of an object in seconds, and an upload within one second has no order. */
const NEXT_SECOND_MS = 250;
const POLL_MS = 200;
const SETTLED_WITHIN_MS = 60_000;

const contents = new EdgeRecords("older-content");
const listed = new EdgeRecords("listed");
let prefixes = 0;

/** One, two, and one again under one name, all with the same event time: the last upload wins. */
export async function olderContent(setting: ObjectSetting): Promise<EdgeOutcome> {
  const first = contents.next();
  const second = { ...first, n: first.n + 1_000_000 };
  const key = `${EDGE_PREFIX}${first.id}.ndjson`;
  let lastModifiedMs = 0;
  for (const record of [first, second, first]) {
    lastModifiedMs = await putLater(setting, { key, records: [record] }, lastModifiedMs);
    await setting.send(loadOf(setting, key));
  }
  const n = await settledValue(setting, first);
  const problems = n === first.n ? [] : [`${first.id} is ${String(n)}, the object's last content says ${first.n}`];
  return { detail: "the first content came back", effects: 1, problems };
}

/** The load is sent while the object store resets every connection. */
export async function outageWhileListing(setting: ObjectSetting): Promise<EdgeOutcome> {
  const { s3Proxy, platform } = setting;
  const records = Array.from({ length: OBJECTS }, () => listed.next());
  prefixes += 1;
  const prefix = `${EDGE_PREFIX}listed-${prefixes}/`;
  for (const record of records) await put(setting, { key: `${prefix}${record.id}.ndjson`, records: [record] });
  const before = s3Proxy.fired.cut;
  s3Proxy.apply({ kind: "cut" });
  const loading = setting.send(loadOf(setting, prefix));
  await delay(AWAY_MS);
  s3Proxy.apply(null);
  await loading;
  const missing = await missingAfterWait(platform, records);
  const cut = s3Proxy.fired.cut - before;
  return { detail: `${cut} connections cut`, effects: cut, problems: missing.map((id) => `${id} is missing`) };
}

function loadOf({ run }: ObjectSetting, key: string): JobRequest {
  return { name: "load", data: { group: GROUP, source: `s3://${run}/${key}` } };
}

interface Upload {
  readonly key: string;
  readonly records: readonly SensorFields[];
}

/** It also works while the server of the run is down. */
async function put({ s3, run }: ObjectSetting, { key, records }: Upload): Promise<void> {
  const body = records.map((record) => JSON.stringify(record)).join("\n");
  for (;;) {
    try {
      await s3.send(new PutObjectCommand({ Bucket: run, Key: key, Body: body }));
      return;
    } catch {
      await delay(POLL_MS);
    }
  }
}

/** Uploads until the object has a later time than `afterMs`; resolves with that time. */
async function putLater(setting: ObjectSetting, upload: Upload, afterMs: number): Promise<number> {
  for (;;) {
    await put(setting, upload);
    const head = await setting.s3
      .send(new HeadObjectCommand({ Bucket: setting.run, Key: upload.key }))
      .catch(() => null);
    const lastModifiedMs = head?.LastModified?.getTime() ?? 0;
    if (lastModifiedMs > afterMs) return lastModifiedMs;
    await delay(NEXT_SECOND_MS);
  }
}

/** The value as soon as it is the expected one, otherwise the last one that was read. */
async function settledValue({ platform }: ObjectSetting, expected: SensorFields): Promise<unknown> {
  const untilMs = performance.now() + SETTLED_WITHIN_MS;
  let n: unknown;
  while (performance.now() < untilMs) {
    const found = await platform.reader.get(GROUP, { id: expected.id }).catch(() => null);
    n = found?.features["n"];
    if (n === expected.n) return n;
    await delay(POLL_MS);
  }
  return n;
}
