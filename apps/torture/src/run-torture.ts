/**
 * The fault run: three lanes and their readers as real processes on real
 * servers, faults on every link, process and server, then the audits.
 *
 * 1. Prepare the servers, proxies, table, topics, bucket and processes.
 * 2. Load all three lanes and cause faults until the time is over.
 * 3. End the faults and wait until everything that was sent is acknowledged.
 * 4. Check the histories, the receipts, and store, cache and oracle.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { seededRandom } from "@trilane/write-through/testing";
import kafkajs, { type Admin, type Kafka } from "kafkajs";
import { untilQueueRests } from "./queue-rest.ts";
import { auditRun } from "./audit/audit-run.ts";
import { FaultLog } from "./faults/fault-log.ts";
import { runFaults } from "./faults/fault-tracks.ts";
import { Progress } from "./progress.ts";
import { watchCacheEpoch } from "./cache-epoch-watch.ts";
import { watchErasures } from "./erasure-watch.ts";
import type { TortureOptions } from "./torture-options.ts";
import type { TortureProcesses } from "./torture-processes.ts";
import type { TortureReport } from "./torture-report.ts";
import { startTortureServers } from "./torture-servers.ts";
import { PARTITIONS, runNameOf, setTortureStage, type TortureStage } from "./torture-stage.ts";
import { runBatchLoad } from "./workload/batch-load.ts";
import { type EraseLoadOptions, type EraseLoadReport, runEraseLoad } from "./workload/erase-load.ts";
import { runJobLoad } from "./workload/job-load.ts";
import { runStreamLoad } from "./workload/stream-load.ts";

const LIBRARY_READERS = 2;
const LIBRARY_ERASERS = 2;
const NOTHING_ERASED: EraseLoadReport = { jobs: 0, commands: 0, erasedAt: new Map() };
const MS_PER_MINUTE = 60_000;
/** Time without another job, load or committed offset: a slow machine is not a stuck lane. */
const STUCK_AFTER_MS = 90_000;
const POLL_MS = 200;
const THE_TOPIC = "the topic";

/** @throws the signal's reason when it fires before the end */
export async function runTorture(options: TortureOptions): Promise<TortureReport> {
  const startedMs = performance.now();
  const { say } = options;
  const topology = options.cacheLoss ?? null;
  const engine = options.engine === undefined ? {} : { engine: options.engine };
  const servers = await startTortureServers({
    ...engine,
    run: runNameOf(options.seed),
    secured: options.secured === true,
    keepsCacheData: topology === "single",
  });
  const cleanups: (() => Promise<void> | void)[] = [() => servers.stop()];
  try {
    const stage = await setTortureStage({ ...options, topology }, servers, cleanups);
    const faults = new FaultLog(say);
    const watching = new AbortController();
    const watched = watchCacheEpoch(stage.cacheEpochs, watching.signal);
    const looked = watchErasures(stage.platform.erasing.erasures, watching.signal);
    const load = await loadUnderFaults(options, stage, faults)
      .then(async (done) => {
        options.signal.throwIfAborted();
        say("the lanes have caught up; stopping them");
        await stage.processes.stop();
        return done;
      })
      .finally(() => watching.abort());
    const seen = { cacheEpochs: await watched, erasures: await looked };
    return await auditRun({ options, stage, faults, load, seen, startedMs });
  } finally {
    for (const clean of cleanups.toReversed()) await clean();
  }
}

async function loadUnderFaults(
  { seed, minutes, alone, say, signal: interrupted }: TortureOptions,
  stage: TortureStage,
  log: FaultLog,
): Promise<TortureReport["load"]> {
  const { servers, processes, s3, cacheFaults, cacheLoss, operated, edges, cacheEpochs, kafka, run, sent } = stage;
  startProcesses(processes);
  const ending = new AbortController();
  const signal = AbortSignal.any([ending.signal, interrupted]);
  const randomOf = (part: number): ReturnType<typeof seededRandom> => seededRandom(seed * 1_000 + part);
  const progress = new Progress();
  const onProgress = (): void => progress.step();
  const streaming = runStreamLoad({ kafka, topic: run, partitions: PARTITIONS, sent, random: randomOf(1), signal });
  const queueUrl = servers.servers.queue.url;
  const working = runJobLoad({ queueUrl, queue: run, sent, random: randomOf(2), signal, onProgress });
  const erasing = runErasing(stage, { random: randomOf(4), signal, onProgress });
  const load = (key: string): ReturnType<TortureProcesses["batchLane"]> => processes.batchLane(key);
  const loading = runBatchLoad({ s3, bucket: run, sent, random: randomOf(3), signal, load, onProgress });
  const faulting = runFaults(
    {
      servers,
      cacheFaults,
      cacheLoss,
      operated,
      edges,
      cacheEpochs,
      alone: alone ?? null,
      movesClocks: processes.haveClocks,
      log,
      seed,
      processes: () => processes.all.filter(({ pid }) => pid !== null),
      startConsumer: () => processes.streamLane("stream-2"),
    },
    signal,
  );
  const timeIsOver = delay(minutes * MS_PER_MINUTE, undefined, { signal }).catch(() => undefined);
  const all = Promise.all([
    progress.of("the producer", streaming),
    progress.of("the jobs", working),
    progress.of("the load", loading),
    progress.of("the erasures", erasing),
    progress.of("the faults", faulting),
  ]);
  try {
    await Promise.race([timeIsOver, all]);
  } finally {
    ending.abort();
  }
  say("faults lifted; the lanes catch up");
  const givenUp = new AbortController();
  const drained = all.then(async () => {
    interrupted.throwIfAborted();
    await progress.of(THE_TOPIC, untilConsumed(kafka, run, progress, givenUp.signal));
    await progress.of("the queue", untilQueueRests({ queueUrl, queue: run, progress, signal: givenUp.signal }));
  });
  const late = await progress.stuck(drained, STUCK_AFTER_MS);
  if (late.length > 0) {
    say(`${late.join(", ")}: nothing moved for ${STUCK_AFTER_MS} ms; killing every process once`);
    for (const one of processes.all) one.kill();
  }
  const never = await progress.stuck(drained, STUCK_AFTER_MS);
  givenUp.abort();
  // A topic that is not consumed is a problem of the run, but everything done before is audited all the same.
  const unaudited = never.filter((name) => name !== THE_TOPIC);
  if (unaudited.length > 0) throw new Error(`${unaudited.join(", ")}: not at rest, not even with new processes`);
  const [stream, jobs, batch, erasures] = await all;
  return { stream, jobs, batch, erasures, stuck: late };
}

function startProcesses(processes: TortureProcesses): void {
  processes.streamLane();
  processes.jobLane();
  processes.api();
  for (let number = 1; number <= LIBRARY_READERS; number += 1) processes.libraryReader(number);
  processes.httpReader();
  processes.libraryWriter();
}

/** Starts the processes that erase, and erases by jobs and by the command, in a run with erasures. */
function runErasing(
  { servers, processes, run, sent, erases }: TortureStage,
  own: Pick<EraseLoadOptions, "random" | "signal" | "onProgress">,
): Promise<EraseLoadReport> {
  if (!erases) return Promise.resolve(NOTHING_ERASED);
  for (let number = 1; number <= LIBRARY_ERASERS; number += 1) processes.libraryEraser(number);
  const queueUrl = servers.servers.queue.url;
  return runEraseLoad({ queueUrl, queue: run, processes, persons: sent.persons, ...own });
}

/** Resolves when the group has committed the end of every partition. */
async function untilConsumed(kafka: Kafka, run: string, progress: Progress, signal: AbortSignal): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    let committedBefore = "";
    while (!signal.aborted) {
      const known = await offsetsOf(admin, run);
      if (known !== null) {
        const { ends, offsets } = known;
        if (ends.every(({ partition, high }) => high === "0" || offsets.get(partition) === high)) return;
        const committedNow = JSON.stringify([...offsets]);
        if (committedNow !== committedBefore) progress.step();
        committedBefore = committedNow;
      }
      await delay(POLL_MS);
    }
  } finally {
    await admin.disconnect();
  }
}

interface KnownOffsets {
  readonly ends: readonly { readonly partition: number; readonly high: string }[];
  /** The committed offsets, by partition. */
  readonly offsets: ReadonlyMap<number, string>;
}

/** Null while the broker cannot answer: one that was killed loads its groups again when it is back. */
async function offsetsOf(admin: Admin, run: string): Promise<KnownOffsets | null> {
  try {
    const ends = await admin.fetchTopicOffsets(run);
    const [committed] = await admin.fetchOffsets({ groupId: run, topics: [run] });
    return { ends, offsets: new Map(committed?.partitions.map(({ partition, offset }) => [partition, offset])) };
  } catch (error) {
    if (error instanceof kafkajs.KafkaJSError && error.retriable) return null;
    throw error;
  }
}
