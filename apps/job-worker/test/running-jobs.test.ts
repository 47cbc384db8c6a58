import { VirtualClock } from "@trilane/write-through/testing";
import { expect, test } from "vitest";
import { RunningJobs } from "../src/running-jobs.ts";

test("a job that runs is not begun beside itself, and is told to end", () => {
  const running = new RunningJobs({ clock: new VirtualClock(), abortSignal: new AbortController().signal });
  const first = running.begin("7");
  expect(first?.signal.aborted).toBe(false);
  expect(running.begin("7")).toBeNull();
  expect(first?.signal.aborted).toBe(true);
  expect(running.begin("8")).not.toBeNull();
});

test("a job that has ended may run again at once; one that lost its lock, when the library has let go of it", () => {
  const clock = new VirtualClock();
  const running = new RunningJobs({ clock, abortSignal: new AbortController().signal });
  running.begin("7")?.end();
  const second = running.begin("7");
  expect(running.begin("7")).toBeNull();
  second?.end();
  expect(running.begin("7")).toBeNull();
  clock.advance(2_000);
  expect(running.begin("7")).not.toBeNull();
});

test("a job is told to end when its lock is lost, and may run again at once", () => {
  const running = new RunningJobs({ clock: new VirtualClock(), abortSignal: new AbortController().signal });
  const lock = new AbortController();
  const job = running.begin("7", lock.signal);
  lock.abort(new Error("lost"));
  expect(job?.signal.reason).toMatchObject({ message: "lost" });
  job?.end();
  expect(running.begin("7")).not.toBeNull();
  expect(running.begin("8", lock.signal)?.signal.aborted).toBe(true);
});

test("all jobs are told to end when the process ends, those that begin later as well", () => {
  const end = new AbortController();
  const running = new RunningJobs({ clock: new VirtualClock(), abortSignal: end.signal });
  const jobs = ["7", "8"].map((id) => running.begin(id));
  end.abort(new Error("over"));
  expect(jobs.map((job) => job?.signal.aborted)).toEqual([true, true]);
  expect(running.begin("9")?.signal.aborted).toBe(true);
});
