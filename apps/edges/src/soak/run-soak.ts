/**
 * All three lanes and the API as processes, on real servers, with steady work
 * for each, sampled by the metrics that they serve.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Loads, startLoads } from "../beside-load/loads-in-turn.ts";
import { API, JOB_LANE, type RunningLane, startLane, STREAM_LANE } from "../lanes/lane-program.ts";
import { sumOf } from "../lanes/metrics-text.ts";
import { judgeSoak, type SoakVerdict } from "./judge-soak.ts";
import { INSPECTED, INSPECTOR_ADDRESS, inspectMemory, type Keeping } from "./kept-memory.ts";
import { LOADS, SoakCourse } from "./soak-course.ts";
import { type SoakStage, type SoakStageOptions, withSoakStage } from "./soak-stage.ts";
import { type GivenWork, type SoakRates, workSteadily } from "./steady-work.ts";

export interface SoakOptions extends SoakStageOptions {
  readonly seconds: number;
  readonly sampleMs: number;
  /** Between two collections, which hold up the process for a moment. */
  readonly collectMs: number;
  readonly rates: SoakRates;
  /** Records that a load may write in a second. */
  readonly writesPerSecond: number;
}

export interface SoakReport extends SoakVerdict {
  readonly seconds: number;
  readonly samples: number;
  readonly given: Omit<GivenWork, "readMs">;
  readonly loads: number;
  readonly readP99Ms: number;
}

type Processes = Readonly<Record<"stream lane" | "job worker" | "API", RunningLane>>;

const MS_PER_SECOND = 1_000;
/** For the rest of the work at the end. */
const REST_MS_MAX = 60_000;
const LOOK_MS = 200;
const LISTENING = /"listening":"([^"]+)"/;
const COMPLETED = 'outcome="completed"';
const P99 = 0.99;

export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  return await withSoakStage(options, async (stage) => {
    const { directory, sources } = stage;
    const environment = { ...stage.environment, TRILANE_LOAD_WRITES_PER_SECOND: String(options.writesPerSecond) };
    const processes = await startProcesses(stage);
    try {
      const address = await addressOf(processes.API);
      const loads = await startLoads({ sources, waitsForWrites: false, environment, directory });
      try {
        return await soak(options, { stage, processes, loads, api: () => address });
      } finally {
        await loads.stop();
      }
    } finally {
      await Promise.all(Object.values(processes).map((one) => one.stop()));
    }
  });
}

async function startProcesses({ name, environment: common, directory }: SoakStage): Promise<Processes> {
  const nodeOptions = [process.env["NODE_OPTIONS"] ?? "", ...INSPECTED].join(" ").trim();
  const environment = { ...common, TRILANE_API_PORT: "0", NODE_OPTIONS: nodeOptions };
  const stream = ["--topic", `${name}=routes`, "--group-id", name];
  return {
    "stream lane": await startLane({ main: STREAM_LANE, args: stream, environment, directory }),
    "job worker": await startLane({ main: JOB_LANE, args: ["--queue", name], environment, directory }),
    API: await startLane({ main: API, args: [], environment, directory }),
  };
}

async function addressOf(api: RunningLane): Promise<string> {
  const [, address] = (await api.prints(LISTENING)) ?? [];
  if (address === undefined) throw new Error(`the API ended: ${(await api.ended).stderr}`);
  return address;
}

interface Running {
  readonly stage: SoakStage;
  readonly processes: Processes;
  readonly loads: Loads;
  readonly api: () => string;
}

async function soak(options: SoakOptions, { stage, processes, loads, api }: Running): Promise<SoakReport> {
  const { rates, seconds, sampleMs } = options;
  const given: GivenWork = { messages: 0, jobs: 0, reads: 0, failedReads: 0, readMs: [] };
  const course = new SoakCourse(queuesOf(given, rates));
  const all = (): Readonly<Record<string, RunningLane>> => ({ ...processes, [LOADS]: loads.current() });
  const ended = Promise.race([loads.failed, anyEnd(processes)]);
  await Promise.race([ended, allAnswer(all)]);
  const kept = await inspectAll(processes);
  const end = new AbortController();
  const { kafka, queue, routes, name: topic } = stage;
  const working = workSteadily({ kafka, topic, queue, api, routes, rates, signal: end.signal, given });
  const failed = Promise.race([ended, working.then(() => new Promise<never>(() => undefined))]);
  const sampling = sampleFor(seconds, async () => {
    await Promise.race([failed, sleep(sampleMs)]);
    await course.sample(all());
  });
  const collecting = sampleFor(seconds, async () => {
    await Promise.race([failed, sleep(options.collectMs)]);
    for (const [name, { keptMiB }] of kept) course.keeps(name, await keptMiB());
  });
  await Promise.race([failed, Promise.all([sampling, collecting])]).finally(() => {
    end.abort();
    for (const [, { close }] of kept) close();
  });
  await working;
  const samples = course.processes[0]?.samples.length ?? 0;
  const verdict = judgeSoak(course.processes, course.queues);
  const rest = await settle(course, processes);
  const { readMs, ...numbers } = given;
  const reads = readMs.toSorted((a, b) => a - b);
  const readP99Ms = reads[Math.floor(reads.length * P99)] ?? Number.NaN;
  const problems = [...verdict.problems, ...rest, ...failedReadsText(given)];
  return { ...verdict, problems, seconds, samples, given: numbers, loads: loads.done(), readP99Ms };
}

function queuesOf(
  given: GivenWork,
  { messagesPerSecond, jobsPerSecond }: SoakRates,
): ConstructorParameters<typeof SoakCourse>[0] {
  return [
    {
      name: "messages of the topic",
      perSecond: messagesPerSecond,
      process: "stream lane",
      given: () => given.messages,
      settled: (values) => sumOf(values, "trilane_stream_consumed_total"),
    },
    {
      name: "jobs",
      perSecond: jobsPerSecond,
      process: "job worker",
      given: () => given.jobs,
      settled: (values) => sumOf(values, "trilane_jobs_total", COMPLETED),
    },
  ];
}

async function inspectAll(processes: Processes): Promise<readonly (readonly [string, Keeping])[]> {
  return await Promise.all(
    Object.entries(processes).map(async ([name, one]) => {
      const [, address] = (await one.prints(INSPECTOR_ADDRESS, "stderr")) ?? [];
      if (address === undefined) throw new Error(`the ${name} ended: ${(await one.ended).stderr}`);
      return [name, await inspectMemory(address)] as const;
    }),
  );
}

/** Resolves when all processes serve their metrics. */
async function allAnswer(all: () => Readonly<Record<string, RunningLane>>): Promise<void> {
  for (;;) {
    const answers = await Promise.all(Object.values(all()).map((one) => one.metrics()));
    if (answers.every((answer) => answer !== null)) return;
    await sleep(LOOK_MS);
  }
}

/** Rejects when a process ends, because all of them run until they are stopped. */
async function anyEnd(processes: Processes): Promise<never> {
  const ends = Object.entries(processes).map(async ([name, { ended }]) => ({ name, ...(await ended) }));
  const { name, exitCode, stderr } = await Promise.race(ends);
  throw new Error(`the ${name} ended with code ${exitCode}: ${stderr.slice(-MS_PER_SECOND)}`);
}

async function sampleFor(seconds: number, sample: () => Promise<void>): Promise<void> {
  const endMs = performance.now() + seconds * MS_PER_SECOND;
  while (performance.now() < endMs) await sample();
}

/** Waits until all that was given is settled. @returns the queues that are not */
async function settle(course: SoakCourse, processes: Processes): Promise<readonly string[]> {
  const endMs = performance.now() + REST_MS_MAX;
  for (;;) {
    await course.sample(processes);
    if (course.isSettled) return [];
    if (performance.now() > endMs) return [`not all that was given was settled within ${REST_MS_MAX} ms`];
    await sleep(LOOK_MS);
  }
}

function failedReadsText({ failedReads, reads }: GivenWork): readonly string[] {
  return failedReads === 0 ? [] : [`${failedReads} of ${reads} reads failed`];
}
