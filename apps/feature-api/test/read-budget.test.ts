import { VirtualClock } from "@trilane/write-through/testing";
import { expect, test } from "vitest";
import { ReadBudget } from "../src/read-budget.ts";

const limits = { answersBytesMax: 100, answerBytesMax: 50, waitMs: 5_000 };

test("requests wait in order for their share, and a small one does not pass a large one", async () => {
  const budget = new ReadBudget(limits, new VirtualClock());
  const order: string[] = [];
  await budget.take(80);
  const large = budget.take(60).then(() => order.push("large"));
  const small = budget.take(10).then(() => order.push("small"));
  budget.give(80);
  await Promise.all([large, small]);
  expect(order).toEqual(["large", "small"]);
});

test("who waits too long is refused, and those behind get their share", async () => {
  const clock = new VirtualClock();
  const budget = new ReadBudget(limits, clock);
  await budget.take(100);
  const waiting = budget.take(1);
  clock.advance(5_000);
  await expect(waiting).rejects.toMatchObject({ code: "OVERLOADED", httpStatus: 503 });
  budget.give(100);
  await budget.take(100);
});

test("what is larger than the whole is read alone", async () => {
  const budget = new ReadBudget(limits, new VirtualClock());
  await budget.take(1_000);
  let isRead = false;
  const next = budget.take(1).then(() => (isRead = true));
  await Promise.resolve();
  expect(isRead).toBe(false);
  budget.give(1_000);
  await next;
});

test("a share counts what was read, until it is released", async () => {
  const budget = new ReadBudget(limits, new VirtualClock());
  const share = budget.open();
  await share.hold(90, () => Promise.resolve({ value: null, bytes: 40 }));
  expect(share.heldBytes).toBe(40);
  await budget.take(60);
  budget.give(60);
  share.release();
  await budget.take(100);
});

test("a client that goes while its records are read holds them until they are read", async () => {
  const clock = new VirtualClock();
  const budget = new ReadBudget(limits, clock);
  const share = budget.open();
  const read = Promise.withResolvers<{ value: null; bytes: number }>();
  const held = share.hold(90, () => read.promise);
  await Promise.resolve();
  share.release();
  const waiting = budget.take(50);
  clock.advance(5_000);
  await expect(waiting).rejects.toMatchObject({ code: "OVERLOADED" });
  read.resolve({ value: null, bytes: 95 });
  await held;
  await budget.take(100);
});

test("an unknown group is expected to be as large as a record can be, a known one as its largest", () => {
  const budget = new ReadBudget(limits, new VirtualClock());
  expect(budget.expectedBytes("routes")).toBe(389_120);
  budget.observe("routes", 1_000);
  budget.observe("routes", 500);
  expect(budget.expectedBytes("routes")).toBeCloseTo(999);
});
