import type { Receipt, Version } from "@trilane/write-through";
import { expect, test } from "vitest";
import { WritePace } from "../../src/load/write-pace.ts";

const version = "v" as Version;
const applied: Receipt = { status: "applied", version };
const superseded: Receipt = { status: "superseded", version, by: version };

/** A clock that moves only while somebody sleeps. */
function clockOf() {
  let nowMs = 0;
  const sleep = (ms: number): Promise<void> => Promise.resolve(void (nowMs += ms));
  return { monotonicMs: () => nowMs, sleep };
}

test("a load rests until its writes are no more than it may have, and records that lost do not count", async () => {
  const clock = clockOf();
  const pace = new WritePace({ clock, writesPerSecond: 100 });
  const { signal } = new AbortController();
  expect(pace.writesMax).toBe(100);
  for (let piece = 0; piece < 5; piece += 1) await pace.rest(Array<Receipt>(50).fill(applied), signal);
  expect(clock.monotonicMs()).toBe(2_500);
  await pace.rest(Array<Receipt>(1_000).fill(superseded), signal);
  expect(clock.monotonicMs()).toBe(2_500);
});

test("without a maximum a load never rests", async () => {
  const clock = clockOf();
  const pace = new WritePace({ clock, writesPerSecond: null });
  expect(pace.writesMax).toBeNull();
  await pace.rest(Array<Receipt>(1_000_000).fill(applied), new AbortController().signal);
  expect(clock.monotonicMs()).toBe(0);
});
