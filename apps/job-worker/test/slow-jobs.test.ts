import { expect, test } from "vitest";
import { SlowJobs } from "../src/slow-jobs.ts";

const never = new AbortController().signal;

test("jobs run in order, no more at once than allowed", async () => {
  const slow = new SlowJobs(2);
  const [begun, ends]: [number[], (() => void)[]] = [[], []];
  const jobs = [0, 1, 2, 3].map((number) =>
    slow.run(never, () => {
      begun.push(number);
      return new Promise<void>((resolve) => ends.push(resolve));
    }),
  );
  expect(begun).toEqual([0, 1]);
  ends[1]?.();
  await jobs[1];
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2]);
  ends[0]?.();
  await jobs[0];
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2, 3]);
});

test("a job that is told to end does not wait, and takes no other job's turn", async () => {
  const slow = new SlowJobs(1);
  const first = Promise.withResolvers<void>();
  const end = new AbortController();
  const order: string[] = [];
  const running = slow.run(never, () => first.promise);
  const left = slow.run(end.signal, async () => void order.push("left"));
  const last = slow.run(never, async () => void order.push("last"));
  end.abort();
  await left;
  expect(order).toEqual(["left"]);
  first.resolve();
  await Promise.all([running, last]);
  expect(order).toEqual(["left", "last"]);
});

test("a failed job gives its turn on", async () => {
  const slow = new SlowJobs(1);
  await expect(slow.run(never, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  expect(await slow.run(never, () => Promise.resolve("next"))).toBe("next");
});
