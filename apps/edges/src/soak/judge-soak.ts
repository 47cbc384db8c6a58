/**
 * Says of a soak whether memory is flat, no queue grows and no event loop is
 * held up. Slopes are those of the least squares over the last two thirds,
 * because a process grows while it warms up.
 *
 * A leak shows in what a process keeps: its heap and the bytes beside it after a
 * collection. Resident memory shows none, because the engine lets its heap grow
 * as far as it may before it collects; it only has a maximum.
 */

/** Of one process at one moment. */
export interface SoakSample {
  readonly atMs: number;
  readonly residentMiB: number;
  /** Of the time since the last sample. */
  readonly delayP99Ms: number;
  readonly cpuSeconds: number;
}

/** After a collection. */
export interface KeptSample {
  readonly atMs: number;
  /** The heap, and the bytes beside it. */
  readonly keptMiB: number;
}

export interface QueueSample {
  readonly atMs: number;
  /** Records or jobs that were given to the lane and are not settled. */
  readonly waiting: number;
}

export interface ProcessCourse {
  readonly name: string;
  /** False where processes follow each other, whose slopes say nothing. */
  readonly isOneProcess: boolean;
  readonly samples: readonly SoakSample[];
  /** Only of one process. */
  readonly kept: readonly KeptSample[];
}

export interface QueueCourse {
  readonly name: string;
  readonly samples: readonly QueueSample[];
  /** The input of a second. */
  readonly perSecond: number;
}

export interface ProcessFigures {
  readonly name: string;
  readonly isOneProcess: boolean;
  readonly residentMiBMax: number;
  /** Of the counted part. */
  readonly residentMiB: number;
  readonly residentMiBPerMinute: number;
  readonly keptMiB: number;
  readonly keptMiBPerMinute: number;
  /** The median of the samples, and the largest. */
  readonly delayP99Ms: number;
  readonly delayP99MsMax: number;
  /** CPU time for a second. */
  readonly cores: number;
}

export interface QueueFigures {
  readonly name: string;
  readonly waitingMax: number;
  readonly waitingAtEnd: number;
  readonly perMinute: number;
  readonly perMinuteMax: number;
}

export interface SoakVerdict {
  readonly processes: readonly ProcessFigures[];
  readonly queues: readonly QueueFigures[];
  readonly problems: readonly string[];
}

export const soakBounds = {
  /** The memory that one process keeps may grow by so much in a minute. */
  keptMiBPerMinute: 1,
  /** The largest resident memory of any process. */
  residentMiB: 768,
  /** The median of the samples. */
  delayP99Ms: 50,
  /** A queue may grow in a minute by what is given to it in this time. */
  queueGrowthSeconds: 1,
} as const;

const WARM_UP = 1 / 3;
const MS_PER_MINUTE = 60_000;
const MS_PER_SECOND = 1_000;

export function judgeSoak(processes: readonly ProcessCourse[], queues: readonly QueueCourse[]): SoakVerdict {
  const [ofProcesses, ofQueues] = [processes.map(processFigures), queues.map(queueFigures)];
  const problems = [...ofProcesses.flatMap(processProblems), ...ofQueues.flatMap(queueProblems)];
  return { processes: ofProcesses, queues: ofQueues, problems };
}

function processFigures({ name, isOneProcess, samples, kept }: ProcessCourse): ProcessFigures {
  const [counted, countedKept] = [lastPart(samples), lastPart(kept)];
  const delays = counted.map(({ delayP99Ms }) => delayP99Ms).toSorted((a, b) => a - b);
  const [first, last] = [counted.at(0), counted.at(-1)];
  const seconds = ((last?.atMs ?? 0) - (first?.atMs ?? 0)) / MS_PER_SECOND;
  return {
    name,
    isOneProcess,
    residentMiBMax: Math.max(...samples.map((one) => one.residentMiB)),
    residentMiB: meanOf(counted.map((one) => one.residentMiB)),
    residentMiBPerMinute: slopePerMinute(counted, (one) => one.residentMiB),
    keptMiB: meanOf(countedKept.map((one) => one.keptMiB)),
    keptMiBPerMinute: slopePerMinute(countedKept, (one) => one.keptMiB),
    delayP99Ms: delays[Math.floor(delays.length / 2)] ?? Number.NaN,
    delayP99MsMax: Math.max(...delays),
    cores: ((last?.cpuSeconds ?? 0) - (first?.cpuSeconds ?? 0)) / seconds,
  };
}

function queueFigures({ name, samples, perSecond }: QueueCourse): QueueFigures {
  return {
    name,
    waitingMax: Math.max(...samples.map(({ waiting }) => waiting)),
    waitingAtEnd: samples.at(-1)?.waiting ?? Number.NaN,
    perMinute: slopePerMinute(lastPart(samples), ({ waiting }) => waiting),
    perMinuteMax: soakBounds.queueGrowthSeconds * perSecond,
  };
}

function processProblems(figures: ProcessFigures): readonly string[] {
  const { name, isOneProcess, keptMiBPerMinute, residentMiBMax, delayP99Ms } = figures;
  const problems: string[] = [];
  if (isOneProcess && !(keptMiBPerMinute <= soakBounds.keptMiBPerMinute)) {
    const is = keptMiBPerMinute.toFixed(2);
    problems.push(
      `${name}: what it keeps after a collection grows by ${is} MiB in a minute; at most ${soakBounds.keptMiBPerMinute} is flat`,
    );
  }
  if (!(residentMiBMax <= soakBounds.residentMiB)) {
    problems.push(
      `${name}: it had ${residentMiBMax.toFixed(0)} MiB of memory; at most ${soakBounds.residentMiB} may be`,
    );
  }
  if (!(delayP99Ms <= soakBounds.delayP99Ms)) {
    problems.push(
      `${name}: its event loop is delayed by ${delayP99Ms.toFixed(0)} ms (p99), above ${soakBounds.delayP99Ms}`,
    );
  }
  return problems;
}

function queueProblems({ name, perMinute, perMinuteMax }: QueueFigures): readonly string[] {
  if (perMinute <= perMinuteMax) return [];
  return [`${name}: grows by ${perMinute.toFixed(0)} in a minute, above ${perMinuteMax.toFixed(0)}`];
}

function lastPart<T>(samples: readonly T[]): readonly T[] {
  return samples.slice(Math.floor(samples.length * WARM_UP));
}

/** Not a number where there are fewer than two samples. */
function slopePerMinute<T extends { readonly atMs: number }>(
  samples: readonly T[],
  figure: (one: T) => number,
): number {
  const minutes = samples.map(({ atMs }) => atMs / MS_PER_MINUTE);
  const figures = samples.map(figure);
  const [minute, value] = [meanOf(minutes), meanOf(figures)];
  let [above, below] = [0, 0];
  for (const [index, at] of minutes.entries()) {
    above += (at - minute) * ((figures[index] ?? value) - value);
    below += (at - minute) ** 2;
  }
  return above / below;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
