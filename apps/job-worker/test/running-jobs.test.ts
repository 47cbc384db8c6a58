import { VirtualClock } from "@trilane/write-through/testing";
import { expect, test } from "vitest";
import { RunningJobs } from "../src/running-jobs.ts";

test("a job that runs is not begun beside itself, and is told to end", () => {
  const running = new RunningJobs(new VirtualClock());
  const first = running.begin("7");
  expect(first?.signal.aborted).toBe(false);
  expect(running.begin("7")).toBeNull();
  expect(first?.signal.aborted).toBe(true);
  expect(running.begin("8")).not.toBeNull();
});

test("a job that has ended may run again at once; one that lost its lock, when the library has let go of it", () => {
  const clock = new VirtualClock();
  const running = new RunningJobs(clock);
  running.begin("7")?.end();
  const second = running.begin("7");
  expect(running.begin("7")).toBeNull();
  second?.end();
  expect(running.begin("7")).toBeNull();
  clock.advance(2_000);
  expect(running.begin("7")).not.toBeNull();
});
