/** Jobs that come together share a call of the writer, and nothing else. */
import { getEventListeners } from "node:events";
import type { FeatureChange, FeatureWriteOptions } from "@trilane/feature-groups";
import type { Receipt, Version } from "@trilane/write-through";
import { VirtualClock } from "@trilane/write-through/testing";
import { expect, test } from "vitest";
import { GatheredWrites } from "../src/gathered-writes.ts";

const WAIT_MS = 500;
const change = (name: string): FeatureChange => ({ kind: "put", group: "routes", input: name });
const receipt = (name: unknown): Receipt => ({ status: "applied", version: String(name) as Version });
const turn = (): Promise<void> => new Promise(setImmediate);
const { signal } = new AbortController();

interface Call {
  readonly names: readonly unknown[];
  readonly signal: AbortSignal | undefined;
}

/** Calls with the name "broken" are rejected. */
function gather({ recordsMax = 10, areHeld = false } = {}) {
  const calls: Call[] = [];
  const clock = new VirtualClock();
  const coming = { isAny: false };
  const held = Promise.withResolvers<void>();
  if (!areHeld) held.resolve();
  const writer = {
    async writeMany(changes: readonly FeatureChange[], options: FeatureWriteOptions) {
      const names = changes.map(({ input }) => input);
      calls.push({ names, signal: options.signal });
      await held.promise;
      if (names.includes("broken")) throw new Error("broken");
      return names.map(receipt);
    },
  };
  const limits = { gatherRecordsMax: recordsMax, gatherWaitMs: WAIT_MS };
  const gathered = new GatheredWrites(limits, { writer, clock, isMoreComing: () => coming.isAny });
  const write = (names: readonly string[], own = signal): Promise<readonly Receipt[]> =>
    gathered.write(names.map(change), own);
  return { write, calls, clock, coming, gathered, end: held.resolve };
}

const namesOf = (calls: readonly Call[]): readonly unknown[] => calls.map(({ names }) => names);

test("jobs of one turn go in one call, and each gets its own receipts", async () => {
  const { write, calls } = gather();
  const jobs = [["a"], ["b", "c"], ["d"]];
  const answers = await Promise.all(jobs.map((names) => write(names)));
  expect(namesOf(calls)).toEqual([["a", "b", "c", "d"]]);
  expect(answers).toEqual(jobs.map((names) => names.map(receipt)));
});

test("while further jobs may come, a call waits for the last of them", async () => {
  const { write, calls, coming, gathered } = gather();
  coming.isAny = true;
  const answers = [write(["a"])];
  await turn();
  answers.push(write(["b"]));
  await turn();
  expect(calls).toEqual([]);
  coming.isAny = false;
  gathered.lookSoon();
  await Promise.all(answers);
  expect(namesOf(calls)).toEqual([["a", "b"]]);
});

test("a call does not wait longer than its bound for jobs that do not come", async () => {
  const { write, calls, coming, clock } = gather();
  coming.isAny = true;
  const answer = write(["a"]);
  await turn();
  clock.advance(WAIT_MS - 1);
  expect(calls).toEqual([]);
  clock.advance(1);
  expect(await answer).toEqual([receipt("a")]);
  // The wait of one call is not that of the next.
  void write(["b"]);
  clock.advance(WAIT_MS - 1);
  await turn();
  expect(namesOf(calls)).toEqual([["a"]]);
});

test("a call that has no room for the next job begins, whatever may come", async () => {
  const { write, calls, coming } = gather({ recordsMax: 3 });
  coming.isAny = true;
  void write(["a", "b"]);
  void write(["c", "d"]);
  void write(["e", "f", "g", "h"]);
  expect(namesOf(calls)).toEqual([
    ["a", "b"],
    ["c", "d"],
    ["e", "f", "g", "h"],
  ]);
});

test("a job that must not go on by then takes no part in the call of the others", async () => {
  const { write, calls } = gather();
  const lost = new AbortController();
  const answers = [write(["a"]), write(["b"], lost.signal), write(["c"])];
  lost.abort();
  await Promise.all(answers);
  expect(namesOf(calls)).toEqual([["b"], ["a", "c"]]);
  expect(calls[0]?.signal).toBe(lost.signal);
});

test("a call is cancelled when none of its jobs may go on, and then nobody listens any more", async () => {
  const { write, calls, end } = gather({ areHeld: true });
  const jobs = [new AbortController(), new AbortController()];
  const answers = jobs.map((job, index) => write([String(index)], job.signal));
  await turn();
  jobs[0]?.abort();
  expect(calls[0]?.signal?.aborted).toBe(false);
  jobs[1]?.abort();
  expect(calls[0]?.signal?.aborted).toBe(true);
  end();
  await Promise.all(answers);
  expect(jobs.flatMap((job) => getEventListeners(job.signal, "abort"))).toEqual([]);
});

test("a job that breaks a call fails alone", async () => {
  const { write } = gather();
  const answers = await Promise.allSettled([write(["a"]), write(["broken"]), write(["c"])]);
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});
