import type { Job } from "bullmq";
import { expect, test } from "vitest";
import { EndingJobs } from "../src/ending-jobs.ts";

const job = (id: string): Job => ({ id }) as unknown as Job;

test("a job is ending from the end of its work until the server has answered", () => {
  const jobs = new EndingJobs();
  let told = 0;
  jobs.onNone = () => void (told += 1);
  const [first, second] = [job("1"), job("2")];
  jobs.ending(first);
  jobs.ending(second);
  jobs.answered(first);
  expect([jobs.isAny, told]).toEqual([true, 0]);
  jobs.answered(second);
  expect([jobs.isAny, told]).toEqual([false, 1]);
});

test("a job that failed before its work began changes nothing", () => {
  const jobs = new EndingJobs();
  let told = 0;
  jobs.onNone = () => void (told += 1);
  jobs.answered(job("1"));
  expect([jobs.isAny, told]).toEqual([false, 0]);
});
