/**
 * The demo: three lanes run at the same time, as separate processes, over real
 * flights and real servers, while a reader reads hot routes through the HTTP
 * API. Then every route is compared with the oracle.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { deadTopicOf } from "@trilane/stream-consumer";
import type { ReceiptCounts } from "@trilane/write-through";
import { type DemoStage, type LaneName, setStage } from "./demo-stage.ts";
import { type DemoReport, type LaneReport, type OutageReport, problemsOf, reportText } from "./demo-report.ts";
import type { HotReaderReport } from "./hot-reader.ts";
import { countDeadLetters, waitForProgress } from "./kafka-watch.ts";
import type { LaneProcess } from "./lane-process.ts";
import type { SecuredServers } from "@trilane/servers";
import type { OutageServer } from "./outage.ts";
import { type Phase, Phases } from "./phases.ts";
import { produceFlights } from "./produce-flights.ts";
import { type JobsReport, runJobs } from "./run-jobs.ts";
import { verifyRoutes } from "./verify-routes.ts";

export interface DemoOptions {
  /** About how many flights to take in all, of 3,000,000. */
  readonly rows?: number;
  readonly seed?: number;
  /** Kills this lane's process half-way with SIGKILL and starts it again. */
  readonly kill?: LaneName;
  /** Takes this server away half-way, for some time. */
  readonly outage?: OutageServer;
  readonly outageMs?: number;
  readonly secured?: SecuredServers | null;
  readonly json?: boolean;
}

interface LaneOutput {
  readonly consumed: number;
  readonly receipts: ReceiptCounts;
}

const ROWS_DEFAULT = 3_000_000;
const SEED_DEFAULT = 2_001;
const HOT_ROUTES = 25;
const OUTAGE_MS_DEFAULT = 30_000;
/** The outage begins after one third of the work. */
const OUTAGE_BEGINS_AT = 3;
const PART_NAMES = { batch: "load", stream: "stream", "on-demand": "jobs" } as const;
/** The lane that is killed has not written everything at once by then. */
const SMALL_WINDOW = { TRILANE_STREAM_WINDOW_RECORDS: "1000" };
const POLL_MS = 50;
const API_WAIT_MS_MAX = 20_000;
const MS_PER_SECOND = 1_000;

/** The exit code: 0 only if every check holds. The report goes to stdout, progress to stderr. */
export async function runDemo({
  rows = ROWS_DEFAULT,
  seed = SEED_DEFAULT,
  kill,
  outage,
  outageMs = OUTAGE_MS_DEFAULT,
  secured = null,
  json = false,
}: DemoOptions = {}): Promise<number> {
  const startedMs = performance.now();
  const phases = new Phases(0);
  phases.end("start, with the servers", startedMs);
  say(`preparing about ${rows.toLocaleString("en-US")} flights (seed ${seed}), table, bucket, topics`);
  const stage = await setStage({ rows, seed, outage, secured });
  phases.end("data, table, bucket and topics", performance.now());
  try {
    const lanes = await runLanes(stage, { kill, outageMs });
    phases.end("lanes, at the same time", performance.now(), lanes.lanes.map(partOf));
    say("comparing every route with the oracle");
    const verification = await verifyRoutes(stage.api, stage.platform, stage.data);
    const deadLetters = await countDeadLetters(stage.kafka, deadTopicOf(stage.topic, stage.settings.table));
    const refused = await stage.refused();
    phases.end("comparison of every route", performance.now());
    const seconds = (performance.now() - startedMs) / MS_PER_SECOND;
    const report: DemoReport = { ...lanes, deadLetters, verification, seconds, refused, phases: phases.all };
    const problems = problemsOf(report);
    process.stdout.write(json ? `${JSON.stringify({ ...report, problems })}\n` : reportText(report));
    say(`the lanes' logs are in ${stage.logDirectory}; the table is ${stage.settings.table} (TRILANE_TABLE)`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await stage.close();
  }
}

async function runLanes(
  stage: DemoStage,
  { kill, outageMs }: { readonly kill: LaneName | undefined; readonly outageMs: number },
): Promise<Pick<DemoReport, "lanes" | "malformed" | "reader" | "outage">> {
  const { data } = stage;
  const api = await stage.start("api");
  await waitForApi(stage.api, api);
  const hotRoutes = data.routes.filter((_, index) => index % Math.ceil(data.routes.length / HOT_ROUTES) === 0);
  const reader = await stage.start("reader", [stage.api, JSON.stringify(hotRoutes)]);
  say(`three lanes: ${data.batchRows} rows in S3, ${data.streamRows} flights for the topic, jobs for the queue`);
  const watch = new AbortController();
  const jobsDone = { count: 0 };
  const outage = goThroughOutage(stage, { outageMs, signal: watch.signal, jobsDone });
  // The error of a lane that fails says more.
  outage.catch(() => undefined);
  const [batch, stream, jobs] = await Promise.all([
    runBatch(stage, kill === "batch"),
    runStream(stage, kill === "stream", watch.signal),
    runWorker(stage, kill === "worker", jobsDone),
  ]).finally(() => watch.abort());
  reader.stop();
  const { malformed, ...streamLane } = stream;
  const reports = { malformed, reader: (await reader.report()) as HotReaderReport, outage: await outage };
  return { lanes: [batch, streamLane, jobs], ...reports };
}

function partOf({ lane, seconds }: LaneReport): Phase {
  return { name: PART_NAMES[lane], seconds };
}

interface OutageOptions {
  readonly outageMs: number;
  readonly signal: AbortSignal;
  /** The number of jobs done so far. */
  readonly jobsDone: { readonly count: number };
}

/**
 * The outage of the queue begins when a part of the jobs is done; the others begin when a part of the stream is done.
 * Null where none was asked for.
 */
async function goThroughOutage(
  { outage, kafka, topic, groupId, data }: DemoStage,
  { outageMs, signal, jobsDone }: OutageOptions,
): Promise<OutageReport | null> {
  if (outage === null) return null;
  const { server, how } = outage;
  const timer = startTimer();
  const jobs = data.putAgain.length + data.refreshes.length + data.deletes.length;
  const isEnough = ({ done }: { readonly done: number }): boolean =>
    server === "queue" ? jobsDone.count >= jobs / OUTAGE_BEGINS_AT : done >= data.streamRows / OUTAGE_BEGINS_AT;
  try {
    await waitForProgress({ kafka, topic, groupId, signal }, isEnough);
  } catch {
    return { server, how, beganSeconds: null, seconds: 0 };
  }
  const beganSeconds = timer();
  say(`${server}: ${how}, for ${outageMs / MS_PER_SECOND} s`);
  await outage.begin();
  await delay(outageMs);
  await outage.end();
  say(`${server}: is back`);
  return { server, how, beganSeconds, seconds: timer() - beganSeconds };
}

async function runBatch(stage: DemoStage, isKilled: boolean): Promise<LaneReport> {
  const timer = startTimer();
  let lane = await stage.start("batch");
  if (isKilled) {
    await whileRunning(lane, async () => (await checkpoints(stage)) >= 4);
    await lane.kill();
    say("batch: killed and started again");
    lane = await stage.start("batch");
  }
  const { consumed, receipts } = (await lane.report()) as LaneOutput;
  say(`batch: done, ${consumed} rows`);
  return { lane: "batch", given: stage.data.batchRows, consumed, receipts, seconds: timer(), isKilled };
}

async function runStream(
  stage: DemoStage,
  isKilled: boolean,
  signal: AbortSignal,
): Promise<LaneReport & { readonly malformed: number }> {
  const timer = startTimer();
  const { kafka, topic, groupId } = stage;
  let lane = await stage.start("stream", [], isKilled ? SMALL_WINDOW : {});
  const producing = produceFlights(kafka, topic, stage.data);
  if (isKilled) {
    const { messages } = await producing;
    await waitForProgress({ kafka, topic, groupId, signal }, ({ done }) => done >= messages / 3);
    await lane.kill();
    say("stream: killed and started again");
    lane = await stage.start("stream");
    await lane.begun;
  }
  const { messages, malformed } = await producing;
  say(`stream: ${messages} messages produced, ${malformed} of them malformed`);
  await Promise.race([
    waitForProgress({ kafka, topic, groupId, signal }, ({ done, all }) => done >= all),
    lane.report().then(() => Promise.reject(new Error("the stream consumer ended before it had caught up"))),
  ]);
  const seconds = timer();
  lane.stop();
  const { consumed, receipts } = (await lane.report()) as LaneOutput;
  say(`stream: done, ${consumed} messages`);
  return { lane: "stream", given: messages, consumed, receipts, seconds, isKilled, malformed };
}

async function runWorker(stage: DemoStage, isKilled: boolean, jobsDone: { count: number }): Promise<LaneReport> {
  const { data, settings, queue } = stage;
  const timer = startTimer();
  let lane = await stage.start("worker");
  const given = data.putAgain.length + data.refreshes.length + data.deletes.length;
  const restarts: Promise<void>[] = [];
  const restart = async (): Promise<void> => {
    await lane.kill();
    say("on-demand: worker killed and started again");
    lane = await stage.start("worker");
  };
  const jobs: JobsReport = await runJobs({
    queueUrl: settings.queueUrl,
    queue,
    data,
    onDone(done) {
      jobsDone.count = done;
      if (isKilled && done >= given / 3 && restarts.length === 0) restarts.push(restart());
    },
  });
  await Promise.all(restarts);
  const seconds = timer();
  lane.stop();
  await lane.report();
  say(`on-demand: done, ${jobs.jobs} jobs`);
  return { lane: "on-demand", given, consumed: jobs.consumed, receipts: jobs.receipts, seconds, isKilled };
}

/** The number of items that the batch lane has written for its loads: units that are taken or done. */
async function checkpoints({ dynamodb, settings }: DemoStage): Promise<number> {
  const { Count = 0 } = await dynamodb.send(
    new ScanCommand({
      TableName: settings.table,
      Select: "COUNT",
      FilterExpression: "begins_with(pk, :load)",
      ExpressionAttributeValues: { ":load": { S: "#load#" } },
    }),
  );
  return Count;
}

/** Polls until the condition holds or the process has ended. */
async function whileRunning(lane: LaneProcess, isEnough: () => Promise<boolean>): Promise<void> {
  while (!lane.hasEnded && !(await isEnough())) await delay(POLL_MS);
}

async function waitForApi(api: string, lane: LaneProcess): Promise<void> {
  const deadline = performance.now() + API_WAIT_MS_MAX;
  while (performance.now() < deadline && !lane.hasEnded) {
    const response = await fetch(`${api}/v1/groups`).catch(() => null);
    if (response?.status === 200) return;
    await delay(POLL_MS);
  }
  throw new Error(`the API did not answer at ${api} within ${API_WAIT_MS_MAX} ms`);
}

function startTimer(): () => number {
  const startedMs = performance.now();
  return () => (performance.now() - startedMs) / MS_PER_SECOND;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
