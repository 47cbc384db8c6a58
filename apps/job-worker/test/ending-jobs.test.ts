/** Records of jobs wait for the answers that are due, because those may bring jobs to write together. */
import { VirtualClock } from "@trilane/write-through/testing";
import type { Job } from "bullmq";
import { expect, test } from "vitest";
import { EndingJobs } from "../src/ending-jobs.ts";

const WAIT_MS = 500;
const job = (id: string): Job => ({ id }) as unknown as Job;
const [first, second] = [job("1"), job("2")];
const turn = (): Promise<void> => new Promise(setImmediate);

function open() {
  const clock = new VirtualClock();
  const jobs = new EndingJobs({ clock, waitMs: WAIT_MS });
  const written: string[] = [];
  const write = (name: string): void => void jobs.allAnswered().then(() => written.push(name));
  /** The end of a turn by both clocks. */
  const turnEnd = async (): Promise<void> => {
    clock.advance(0);
    await turn();
  };
  return { clock, jobs, write, written, turnEnd };
}

test("a job that comes while no other one ends is written at the end of its turn, with those that came in it", async () => {
  const { write, written, turnEnd } = open();
  write("a");
  write("b");
  await Promise.resolve();
  expect(written).toEqual([]);
  await turnEnd();
  expect(written).toEqual(["a", "b"]);
});

test("while answers are due, jobs wait for the last of them, and go together", async () => {
  const { jobs, write, written, turnEnd } = open();
  jobs.ending(first);
  jobs.ending(second);
  write("a");
  await turnEnd();
  jobs.answered(first);
  write("b");
  await turnEnd();
  expect(written).toEqual([]);
  jobs.answered(second);
  write("c");
  await turnEnd();
  expect(written).toEqual(["a", "b", "c"]);
});

test("a job that begins to end in the same turn is waited for as well", async () => {
  const { jobs, write, written, turnEnd } = open();
  jobs.ending(first);
  write("a");
  jobs.answered(first);
  jobs.ending(second);
  await turnEnd();
  expect(written).toEqual([]);
  jobs.answered(second);
  await turnEnd();
  expect(written).toEqual(["a"]);
});

test("nobody waits longer than the bound, and the next ones have a bound of their own", async () => {
  const { clock, jobs, write, written, turnEnd } = open();
  jobs.ending(first);
  write("a");
  clock.advance(WAIT_MS - 1);
  await turnEnd();
  expect(written).toEqual([]);
  clock.advance(1);
  await turnEnd();
  expect(written).toEqual(["a"]);
  write("b");
  clock.advance(WAIT_MS - 1);
  await turnEnd();
  expect(written).toEqual(["a"]);
});

test("the end of a job that failed before its work began changes nothing", async () => {
  const { jobs, write, written, turnEnd } = open();
  jobs.ending(first);
  write("a");
  jobs.answered(second);
  await turnEnd();
  expect(written).toEqual([]);
});
