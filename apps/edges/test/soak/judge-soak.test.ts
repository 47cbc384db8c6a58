import { describe, expect, it } from "vitest";
import { judgeSoak, type ProcessCourse, type QueueCourse } from "../../src/soak/judge-soak.ts";

const SAMPLES = 31;
const EVERY_MS = 20_000;

interface Course {
  readonly residentMiB?: (minute: number) => number;
  readonly keptMiB?: (minute: number) => number;
  readonly delayP99Ms?: (minute: number) => number;
  readonly isOneProcess?: boolean;
}

describe("judgeSoak", () => {
  it("holds where memory, queues and event loops stay as they are", () => {
    const { processes, queues, problems } = judgeSoak([processCourse({})], [queueCourse(() => 3)]);
    expect(problems).toEqual([]);
    expect(processes).toMatchObject([{ residentMiB: 200, residentMiBPerMinute: 0, keptMiB: 60, keptMiBPerMinute: 0 }]);
    expect(queues).toMatchObject([{ waitingMax: 3, waitingAtEnd: 3, perMinute: 0 }]);
  });

  it("does not count the growth of the first third, in which a process warms up", () => {
    const keptMiB = (minute: number): number => 40 + 20 * Math.min(minute, 3);
    expect(judgeSoak([processCourse({ keptMiB })], []).problems).toEqual([]);
  });

  it("names a leak, which what is kept after a collection shows", () => {
    const grows = (perMinute: number) => (minute: number) => 60 + perMinute * minute;
    const [good, bad] = [processCourse({ keptMiB: grows(0.9) }), processCourse({ keptMiB: grows(1.1) })];
    expect(judgeSoak([good], []).problems).toEqual([]);
    expect(judgeSoak([bad], []).problems).toEqual([expect.stringMatching(/^lane: what it keeps .* by 1\.10 MiB/)]);
  });

  it("names a leak below the noise of what is under way", () => {
    const keptMiB = (minute: number): number => 60 + 3 * minute + (Math.round(minute * 3) % 2 === 0 ? 4 : -4);
    expect(judgeSoak([processCourse({ keptMiB })], []).problems).toHaveLength(1);
  });

  it("takes resident memory that grows while nothing more is kept, up to its maximum", () => {
    const [good, bad] = [
      processCourse({ residentMiB: (minute) => 300 + 40 * minute }),
      processCourse({ residentMiB: (minute) => 400 + 40 * minute }),
    ];
    expect(judgeSoak([good], []).problems).toEqual([]);
    expect(judgeSoak([bad], []).problems).toEqual(["lane: it had 800 MiB of memory; at most 768 may be"]);
  });

  it("names a process of which nobody knows what it keeps", () => {
    expect(judgeSoak([{ ...processCourse({}), kept: [] }], []).problems).toHaveLength(1);
  });

  it("finds the slope below noise", () => {
    const residentMiB = (minute: number): number => 200 + 5 * minute + (Math.round(minute * 3) % 2 === 0 ? 20 : -20);
    const [figures] = judgeSoak([processCourse({ residentMiB })], []).processes;
    expect(figures?.residentMiBPerMinute).toBeCloseTo(5, 0);
  });

  it("judges no slope of processes that follow each other", () => {
    const course = processCourse({ keptMiB: (minute) => 100 * minute, isOneProcess: false });
    expect(judgeSoak([course], []).problems).toEqual([]);
  });

  it("names an event loop that is held up most of the time, and not one that was once", () => {
    const [once, often] = [
      processCourse({ delayP99Ms: (minute) => (minute === 8 ? 900 : 10) }),
      processCourse({ delayP99Ms: (minute) => (minute > 5 ? 60 : 10) }),
    ];
    const { problems, processes } = judgeSoak([once], []);
    expect(problems).toEqual([]);
    expect(processes).toMatchObject([{ delayP99Ms: 10, delayP99MsMax: 900 }]);
    expect(judgeSoak([often], []).problems).toEqual([expect.stringContaining("delayed by 60 ms")]);
  });

  it("names a queue that grows by more than a second's input in a minute", () => {
    const [good, bad] = [queueCourse((minute) => 90 * minute), queueCourse((minute) => 110 * minute)];
    expect(judgeSoak([], [good]).problems).toEqual([]);
    expect(judgeSoak([], [bad]).problems).toEqual(["jobs: grows by 110 in a minute, above 100"]);
  });

  it("names what has too few samples for a slope", () => {
    const whole = processCourse({});
    const course = { ...whole, samples: whole.samples.slice(0, 1), kept: whole.kept.slice(0, 1) };
    const queue = { ...queueCourse(() => 0), samples: [] };
    expect(judgeSoak([course], [queue]).problems).toHaveLength(2);
  });
});

function processCourse({
  residentMiB = () => 200,
  keptMiB = () => 60,
  delayP99Ms = () => 10,
  isOneProcess = true,
}: Course): ProcessCourse {
  const samples = timesOf().map((atMs) => {
    const minute = atMs / 60_000;
    const [resident, delay] = [residentMiB(minute), delayP99Ms(minute)];
    return { atMs, residentMiB: resident, delayP99Ms: delay, cpuSeconds: atMs / 4_000 };
  });
  const kept = timesOf().map((atMs) => ({ atMs, keptMiB: keptMiB(atMs / 60_000) }));
  return { name: "lane", isOneProcess, samples, kept };
}

function queueCourse(waiting: (minute: number) => number): QueueCourse {
  const samples = timesOf().map((atMs) => ({ atMs, waiting: waiting(atMs / 60_000) }));
  return { name: "jobs", perSecond: 100, samples };
}

function timesOf(): readonly number[] {
  return Array.from({ length: SAMPLES }, (_, index) => index * EVERY_MS);
}
