/**
 * The fault run: three lanes and their readers as real processes on real
 * servers, faults on every link, process and server, then the audits.
 *
 * 1. Set the stage: servers, proxies, table, topics, bucket, processes.
 * 2. Load all three lanes and cause faults until the time is over.
 * 3. Lift the faults and wait until all that was sent is acknowledged.
 * 4. Check the histories, the receipts, and store, cache and oracle.
 */
import { createReadStream, existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { RedisEngine } from "@trilane/servers";
import { checkHistory, describeViolation, mergeRecordings, parseHistory } from "@trilane/verification";
import { seededRandom } from "@trilane/write-through/testing";
import type { Kafka } from "kafkajs";
import { auditEquality } from "./audit/audit-equality.ts";
import { auditPauses } from "./audit/audit-pauses.ts";
import { auditReceipts } from "./audit/audit-receipts.ts";
import type { CacheTopology } from "./faults/cache-loss.ts";
import { FaultLog } from "./faults/fault-log.ts";
import { runFaults } from "./faults/fault-tracks.ts";
import { type SeenRegime, watchRegime } from "./regime-watch.ts";
import { timelineSvg } from "./timeline-svg.ts";
import type { TortureProcesses } from "./torture-processes.ts";
import type { TortureReport } from "./torture-report.ts";
import { startTortureServers } from "./torture-servers.ts";
import { PARTITIONS, setTortureStage, type TortureStage } from "./torture-stage.ts";
import { runBatchLoad } from "./workload/batch-load.ts";
import { runJobLoad } from "./workload/job-load.ts";
import { allIds } from "./workload/keys.ts";
import { runStreamLoad } from "./workload/stream-load.ts";

export interface TortureOptions {
  /** Of load and faults; set-up, drain and audits come on top. */
  readonly minutes: number;
  readonly seed: number;
  /** Where the merged history stays. */
  readonly history: string;
  /** Default: Valkey where it can be had. */
  readonly engine?: RedisEngine;
  /** Lose the cache again and again, in a topology of servers; without it the cache is never lost. */
  readonly cacheLoss?: CacheTopology;
  /** No other fault than that. */
  readonly isLossAlone?: boolean;
  /** Where a picture goes: of the first failover, or of the first loss of the cache where there was none. */
  readonly timeline?: string;
  readonly say: (line: string) => void;
  /** Ends the run early: what it started is ended, and nothing is audited. */
  readonly signal: AbortSignal;
}

const LIBRARY_READERS = 2;
const MS_PER_MINUTE = 60_000;
const MS_PER_SECOND = 1_000;
const DRAIN_LIMIT_MS = 180_000;
const POLL_MS = 200;

/** @throws the signal's reason when it fires before the end. */
export async function runTorture(options: TortureOptions): Promise<TortureReport> {
  const startedMs = performance.now();
  const { say } = options;
  const topology = options.cacheLoss ?? null;
  const engine = options.engine === undefined ? {} : { engine: options.engine };
  const servers = await startTortureServers({ ...engine, keepsCacheData: topology === "single" });
  const cleanups: (() => Promise<void> | void)[] = [() => servers.stop()];
  try {
    const stage = await setTortureStage({ ...options, topology }, servers, cleanups);
    const faults = new FaultLog(say);
    const watching = new AbortController();
    const watched = watchRegime(stage.regimes, watching.signal);
    const load = await loadUnderFaults(options, stage, faults).finally(() => watching.abort());
    options.signal.throwIfAborted();
    say("the lanes have caught up; stopping them");
    await stage.processes.stop();
    return await audit({ options, stage, faults, load, regimes: await watched, startedMs });
  } finally {
    for (const clean of cleanups.toReversed()) await clean();
  }
}

async function loadUnderFaults(
  { seed, minutes, isLossAlone = false, say, signal: interrupted }: TortureOptions,
  { servers, processes, platform, cacheFaults, cacheLoss, kafka, run, sent }: TortureStage,
  log: FaultLog,
): Promise<TortureReport["load"]> {
  processes.streamLane();
  processes.jobLane();
  processes.api();
  for (let number = 1; number <= LIBRARY_READERS; number += 1) processes.libraryReader(number);
  processes.httpReader();
  const ending = new AbortController();
  const signal = AbortSignal.any([ending.signal, interrupted]);
  const randomOf = (part: number): ReturnType<typeof seededRandom> => seededRandom(seed * 1_000 + part);
  const streaming = runStreamLoad({ kafka, topic: run, partitions: PARTITIONS, sent, random: randomOf(1), signal });
  const queueUrl = servers.servers.queue.url;
  const working = runJobLoad({ queueUrl, queue: run, sent, random: randomOf(2), signal });
  const load = (key: string): ReturnType<TortureProcesses["batchLane"]> => processes.batchLane(key);
  const loading = runBatchLoad({ s3: platform.s3, bucket: run, sent, random: randomOf(3), signal, load });
  const faulting = runFaults(
    {
      servers,
      cacheFaults,
      cacheLoss,
      isLossAlone,
      log,
      seed,
      processes: () => processes.all.filter(({ pid }) => pid !== null),
      startConsumer: () => processes.streamLane("stream-2"),
    },
    signal,
  );
  const timeIsOver = delay(minutes * MS_PER_MINUTE, undefined, { signal }).catch(() => undefined);
  const all = Promise.all([streaming, working, loading, faulting]);
  try {
    await Promise.race([timeIsOver, all]);
  } finally {
    ending.abort();
  }
  const [stream, jobs, batch] = await all;
  interrupted.throwIfAborted();
  say("faults lifted; the lanes catch up");
  await untilConsumed(kafka, run);
  return { stream, jobs, batch };
}

async function untilConsumed(kafka: Kafka, run: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const deadlineMs = performance.now() + DRAIN_LIMIT_MS;
    for (;;) {
      const ends = await admin.fetchTopicOffsets(run);
      const [committed] = await admin.fetchOffsets({ groupId: run, topics: [run] });
      const offsets = new Map(committed?.partitions.map(({ partition, offset }) => [partition, offset]));
      const behind = ends.filter(({ partition, high }) => high !== "0" && offsets.get(partition) !== high);
      if (behind.length === 0) return;
      if (performance.now() > deadlineMs)
        throw new Error(`the stream lane did not catch up: ${JSON.stringify(behind)}`);
      await delay(POLL_MS);
    }
  } finally {
    await admin.disconnect();
  }
}

function lossText({ cacheLoss, isLossAlone = false }: TortureOptions): readonly string[] {
  if (cacheLoss === undefined) return [];
  return [cacheLoss, "lost again and again", ...(isLossAlone ? ["and nothing else"] : [])];
}

async function audit(parts: {
  readonly options: TortureOptions;
  readonly stage: TortureStage;
  readonly faults: FaultLog;
  readonly load: TortureReport["load"];
  readonly regimes: readonly SeenRegime[];
  readonly startedMs: number;
}): Promise<TortureReport> {
  const { options, stage, faults, load, regimes, startedMs } = parts;
  const { processes, platform, cacheFaults, kafka, run, sent, servers } = stage;
  await mkdir(dirname(resolve(options.history)), { recursive: true });
  const recordings = processes.recordings.filter((file) => existsSync(file));
  const { settled, ...merged } = await mergeRecordings(recordings, options.history);
  const history = await parseHistory(createReadStream(options.history, { encoding: "utf8" }));
  const verdict = checkHistory(history);
  const fault = faults.caused.find(({ kind }) => kind.includes("failover")) ?? faults.caused[0];
  if (options.timeline !== undefined && fault !== undefined) {
    const originNs = await originOf(options.history);
    const picture = timelineSvg({ history, originNs, regimes, fault: { ...fault, name: fault.kind } });
    await writeFile(options.timeline, picture);
  }
  const { engine, version } = servers.servers.cache;
  return {
    seed: options.seed,
    minutes: options.minutes,
    seconds: (performance.now() - startedMs) / MS_PER_SECOND,
    cache: [`${engine} ${version}`, ...lossText(options)].join(", "),
    regimes,
    pauses: auditPauses(history),
    load,
    history: { ...merged, file: options.history, verdict },
    violations: verdict.violations.map((violation) => describeViolation(history, violation)),
    faults: Object.fromEntries(faults.counts),
    ownEnds: endsByName(processes),
    readerOutcomes: outcomesOf(processes),
    receipts: await auditReceipts({ history: { ...merged, settled }, sent: sent.all, kafka, topic: run }),
    equality: await auditEquality(platform, allIds(), sent.newest),
    evictedKeys: (await cacheFaults?.evicted()) ?? null,
    isFenceThere: (await cacheFaults?.isFenceThere()) ?? null,
  };
}

/** A history's times count from its first operation's invocation. */
async function originOf(file: string): Promise<number> {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    return (JSON.parse(line) as { readonly invoke: number }).invoke;
  }
  return 0;
}

function endsByName({ all }: TortureProcesses): Readonly<Record<string, readonly number[]>> {
  const ends: Record<string, number[]> = {};
  for (const { name, ownEnds } of all) (ends[name] ??= []).push(...ownEnds);
  return ends;
}

/** Of readers that were not killed: what they printed at their end. */
function outcomesOf({ all }: TortureProcesses): Readonly<Record<string, number>> {
  const outcomes: Record<string, number> = {};
  for (const { name, outputs } of all) {
    if (!name.includes("reader")) continue;
    for (const line of outputs) {
      for (const [outcome, count] of Object.entries(JSON.parse(line) as Record<string, number>)) {
        outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
      }
    }
  }
  return outcomes;
}
