/**
 * Real servers, with names of the test's own: a table and a queue. Addresses
 * come from the environment. The cache is the test's own as well, because a
 * cache belongs to one table.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createDynamoDb, createLogger, loadSettings, openPlatform, type Platform } from "@trilane/lane-kit";
import { cacheConfig, startRedis } from "@trilane/servers";
import { applyTable } from "@trilane/write-through/dynamodb";
import { type JobQueue, openJobQueue, work, type WorkOptions, type WorkReport } from "../src/index.ts";
import { config } from "./trilane.config.ts";

export const LOCK_MS = 1_000;

export interface RunningWork {
  readonly done: Promise<WorkReport>;
  stop(): Promise<WorkReport>;
}

export interface WorkFixture {
  readonly platform: Platform;
  readonly queue: string;
  readonly jobs: JobQueue;
  start(options?: Partial<WorkOptions>): Promise<RunningWork>;
  startProcess(environment?: Readonly<Record<string, string>>): ChildProcess;
  delayOf(destination: string): Promise<unknown>;
  close(): Promise<void>;
}

/** `environment` has addresses of servers that belong to the test alone. */
export async function openWorkFixture(environment: Readonly<Record<string, string>> = {}): Promise<WorkFixture> {
  const queue = `t-${randomBytes(6).toString("hex")}`;
  const cache = await startRedis({ name: "cache", config: cacheConfig() });
  const settings = { ...loadSettings({ ...process.env, ...environment, TRILANE_CACHE_URL: cache.url }), table: queue };
  const dynamodb = createDynamoDb(settings);
  await applyTable(dynamodb, queue);
  dynamodb.destroy();
  const logger = createLogger("test", process.env["TRILANE_TEST_LOG"] ?? "silent");
  const platform = await openPlatform({ name: "test", settings, logger, config });
  const { queueUrl, queueAccess: access } = settings;
  const jobs = await openJobQueue({ queueUrl, access, queue });
  return {
    platform,
    queue,
    jobs,
    start: (options) => startWork({ platform, ...options }),
    startProcess: (more = {}) => startProcess({ ...more, TRILANE_TABLE: queue, TRILANE_CACHE_URL: cache.url }),
    async delayOf(destination) {
      const record = await platform.reader.get("routes", { origin: "SEA", destination });
      return record === null ? null : record.features["delay"];
    },
    async close() {
      await jobs.close();
      await platform.close();
      await cache.stop();
    },
  };
}

export function flight(destination: string, minute: number): Readonly<Record<string, unknown>> {
  const date = new Date(Date.UTC(2_001, 5, 1) + minute * 60_000).toISOString();
  return { origin: "SEA", destination, date, delay: minute };
}

async function startWork(options: WorkOptions): Promise<RunningWork> {
  const controller = new AbortController();
  const ready = Promise.withResolvers<void>();
  const done = work({ signal: controller.signal, onReady: () => ready.resolve(), ...options });
  done.catch(ready.reject);
  await ready.promise;
  return {
    done,
    stop() {
      controller.abort();
      return done;
    },
  };
}

function startProcess(environment: Readonly<Record<string, string>>): ChildProcess {
  const local = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const args = [local("../src/main.ts"), "--lock-ms", String(LOCK_MS)];
  return spawn(process.execPath, [...args, "--resolvers", local("resolvers.ts")], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TRILANE_LOG_LEVEL: "info", TRILANE_CONFIG: local("trilane.config.ts"), ...environment },
  });
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** To call directly after the start; earlier output would be lost. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr?.on("data", (chunk) => (stderr += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}
