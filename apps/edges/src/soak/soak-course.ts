/** Collects the samples of a soak. */
import type { RunningLane } from "../lanes/lane-program.ts";
import { type MetricValues, sumOf } from "../lanes/metrics-text.ts";
import type { KeptSample, ProcessCourse, QueueCourse, QueueSample, SoakSample } from "./judge-soak.ts";

/** A queue knows how much it got; the metrics of the process that takes it say how much is settled. */
export interface WatchedQueue {
  readonly name: string;
  readonly perSecond: number;
  readonly process: string;
  readonly given: () => number;
  readonly settled: (values: MetricValues) => number;
}

/** The name of the loads, each of which is a process of its own. */
export const LOADS = "loads, one after the other";
const BYTES_PER_MIB = 1_048_576;
const MS_PER_SECOND = 1_000;
/** The metric counts the time of its own sampling as well. */
const DELAY_RESOLUTION_MS = 10;

export class SoakCourse {
  readonly #processes = new Map<string, SoakSample[]>();
  readonly #kept = new Map<string, KeptSample[]>();
  readonly #queues: ReadonlyMap<WatchedQueue, QueueSample[]>;

  constructor(queues: readonly WatchedQueue[]) {
    this.#queues = new Map(queues.map((queue) => [queue, []]));
  }

  get processes(): readonly ProcessCourse[] {
    return [...this.#processes].map(([name, samples]) => {
      return { name, isOneProcess: name !== LOADS, samples, kept: this.#kept.get(name) ?? [] };
    });
  }

  get queues(): readonly QueueCourse[] {
    return [...this.#queues].map(([{ name, perSecond }, samples]) => ({ name, perSecond, samples }));
  }

  /** Whether all of the queues are settled. */
  get isSettled(): boolean {
    return this.queues.every(({ samples }) => (samples.at(-1)?.waiting ?? 0) <= 0);
  }

  /** A process that does not answer has no sample. */
  async sample(processes: Readonly<Record<string, RunningLane>>): Promise<void> {
    await Promise.all(
      Object.entries(processes).map(async ([name, lane]) => {
        const values = await lane.metrics();
        if (values === null) return;
        const samples = this.#processes.get(name) ?? [];
        this.#processes.set(name, samples);
        samples.push(sampleOf(values));
        this.#sampleQueues(name, values);
      }),
    );
  }

  /** Takes the memory that the process keeps after a collection. */
  keeps(name: string, keptMiB: number): void {
    const samples = this.#kept.get(name) ?? [];
    this.#kept.set(name, samples);
    samples.push({ atMs: performance.now(), keptMiB });
  }

  #sampleQueues(name: string, values: MetricValues): void {
    for (const [queue, samples] of this.#queues) {
      if (queue.process !== name) continue;
      samples.push({ atMs: performance.now(), waiting: queue.given() - queue.settled(values) });
    }
  }
}

function sampleOf(values: MetricValues): SoakSample {
  return {
    atMs: performance.now(),
    residentMiB: sumOf(values, "process_resident_memory_bytes") / BYTES_PER_MIB,
    delayP99Ms: sumOf(values, "nodejs_eventloop_lag_p99_seconds") * MS_PER_SECOND - DELAY_RESOLUTION_MS,
    cpuSeconds: sumOf(values, "process_cpu_seconds_total"),
  };
}
