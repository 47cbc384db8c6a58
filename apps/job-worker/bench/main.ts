/**
 * Measures jobs beside each other, in one run, on the same queue server: this
 * lane, with one hot record for each job, and a worker of the library that does
 * nothing. Prints a table and writes it to docs/benchmarks. Needs the servers'
 * addresses in the environment (`npm run bench-jobs` starts them).
 *
 *   node apps/job-worker/bench/main.ts [--jobs N] [--rounds N] [--jobs-max N] [--no-file]
 */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createDynamoDb, createLogger, loadSettings, openPlatform, type Platform } from "@trilane/lane-kit";
import { applyTable } from "@trilane/write-through/dynamodb";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { work } from "../src/lane.ts";
import { keepCompleted, sendOptions } from "../src/send-options.ts";

const HOT_KEYS = 100;
/** Each look is a call of the measured process, and counts for whatever takes longer. */
const LOOK_MS = 25;
const REPORT = new URL("../../../docs/benchmarks/jobs.md", import.meta.url);

const { values } = parseArgs({
  options: {
    jobs: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
    "jobs-max": { type: "string" },
    "no-file": { type: "boolean", default: false },
  },
});
const jobs = Number(values.jobs);
const rounds = Number(values.rounds);

interface Row {
  readonly name: string;
  readonly perSecond: number;
  readonly cpuUs: number;
}

process.env["TRILANE_TABLE"] ??= `bench-${randomBytes(6).toString("hex")}`;
process.env["TRILANE_CONFIG"] ??= fileURLToPath(new URL("../../../trilane.config.ts", import.meta.url));
const platform = await openBench();
const connection = new Redis(platform.settings.queueUrl, { maxRetriesPerRequest: null });
try {
  const [raw, trilane]: [Row[], Row[]] = [[], []];
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    const both = [
      await measure("a BullMQ worker that does nothing", round, runRaw),
      await measure("Trilane", round, runLane),
    ];
    for (const { name, perSecond, cpuUs } of both) {
      process.stderr.write(`${name}: ${Math.round(perSecond)} jobs/s, ${cpuUs.toFixed(0)} us\n`);
    }
    if (round === 0) continue;
    raw.push(...both.slice(0, 1));
    trilane.push(...both.slice(1));
  }
  const text = report([medianOf(raw), medianOf(trilane)]);
  process.stdout.write(text);
  if (!values["no-file"]) writeFileSync(REPORT, text);
} finally {
  await platform.close();
  connection.disconnect();
}

async function openBench(): Promise<Platform> {
  const settings = loadSettings();
  const dynamodb = createDynamoDb(settings);
  await applyTable(dynamodb, settings.table);
  dynamodb.destroy();
  return openPlatform({ name: "bench", settings, logger: createLogger("bench", "silent") });
}

type Run = (name: string, ended: Promise<void>) => Promise<unknown>;

/** Fills a queue, and then measures until it is empty. */
async function measure(name: string, round: number, run: Run): Promise<Row> {
  const queue = new Queue(`bench-${process.pid}-${name.length}-${round}`, { connection });
  const options = sendOptions({ name: "put", data: { group: "routes", records: [] } }, { isAwaited: false });
  const all = Array.from({ length: jobs }, (_, index) => ({ name: "put", data: jobAt(round, index), opts: options }));
  await queue.addBulk(all);
  const ended = Promise.withResolvers<void>();
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  const running = run(queue.name, ended.promise);
  while ((await left(queue)) > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  ended.resolve();
  await running;
  await queue.obliterate({ force: true });
  await queue.close();
  return { name, perSecond: jobs / seconds, cpuUs: (user + system) / jobs };
}

async function left(queue: Queue): Promise<number> {
  const {
    wait = 0,
    active = 0,
    delayed = 0,
    failed = 0,
  } = await queue.getJobCounts("wait", "active", "delayed", "failed");
  if (failed > 0) throw new Error(`${failed} jobs failed`);
  return wait + active + delayed;
}

/** One record for each job, of a few keys, each later than the one before. */
function jobAt(round: number, index: number): object {
  const date = new Date(Date.UTC(2001, 0, 1 + round) + index * 1_000).toISOString();
  const record = { origin: "A", destination: `B${index % HOT_KEYS}`, date, delay: index % 100, distance: 500 };
  return { group: "routes", records: [record] };
}

async function runRaw(name: string, ended: Promise<void>): Promise<void> {
  const worker = new Worker(name, () => Promise.resolve(null), {
    connection,
    concurrency: 16,
    removeOnComplete: keepCompleted,
  });
  await ended;
  await worker.close();
}

async function runLane(queue: string, ended: Promise<void>): Promise<unknown> {
  const stop = new AbortController();
  void ended.then(() => stop.abort());
  const jobsMax = values["jobs-max"];
  const limits = jobsMax === undefined ? {} : { jobsMax: Number(jobsMax) };
  return work({ platform, queue, signal: stop.signal, limits });
}

/** Takes the median of each figure by itself. */
function medianOf(rows: readonly Row[]): Row {
  const [first] = rows;
  if (first === undefined) throw new RangeError("no rounds were counted: give --rounds 1 or more");
  const middle = (figure: (row: Row) => number): number =>
    rows.map(figure).toSorted((a, b) => a - b)[Math.floor(rows.length / 2)] ?? Number.NaN;
  return { ...first, perSecond: middle((row) => row.perSecond), cpuUs: middle((row) => row.cpuUs) };
}

function report(rows: readonly Row[]): string {
  const [base] = rows;
  const lines = rows.map(({ name, perSecond, cpuUs }) => {
    const ratios = [perSecond / (base?.perSecond ?? perSecond), cpuUs / (base?.cpuUs ?? cpuUs)];
    const [rate, cpu] = ratios.map((ratio) => `${ratio.toFixed(2)}×`);
    return `| ${name} | ${Math.round(perSecond).toLocaleString("en-US")} | ${rate} | ${cpuUs.toFixed(0)} µs | ${cpu} |\n`;
  });
  return `# Jobs beside a worker that does nothing

Made by \`npm run bench-jobs -- --jobs ${jobs} --rounds ${rounds}\`: the median of ${rounds} rounds after a warm-up, both in
turn in every round, on the same queue server, with default settings. Each job writes one record of ${HOT_KEYS} hot keys.
Machine: ${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}, Node.js ${process.version}; all servers share it.

| worker | jobs/s | ratio | worker CPU | ratio |
|---|---:|---:|---:|---:|
${lines.join("")}`;
}
