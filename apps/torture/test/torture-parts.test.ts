/** The parts of the run that need no server: what is drawn, what was sent, what a report finds. */
import { seededRandom } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import type { CausedFault } from "../src/faults/fault-log.ts";
import { Progress } from "../src/progress.ts";
import { pickShownFault } from "../src/timeline-svg.ts";
import { Deck } from "../src/faults/deck.ts";
import { FaultLog } from "../src/faults/fault-log.ts";
import { problemsOf, reportText, type TortureReport } from "../src/torture-report.ts";
import { pickId } from "../src/workload/keys.ts";
import { fieldsOf, SentRecords } from "../src/workload/sent-records.ts";

const noCounts = { applied: 0, superseded: 0, duplicate: 0, expired: 0, dead: 0, failed: 0 };

const rightReport: TortureReport = {
  seed: 1,
  minutes: 1,
  seconds: 60,
  cache: "valkey 8",
  load: {
    stream: { messages: 1, duplicates: 0, deletes: 0, malformed: 0 },
    batch: { loads: 1, repeated: 0, rows: 1, malformed: 0, receipts: noCounts, problems: [] },
    jobs: { jobs: 1, records: 1, receipts: noCounts, sentAgain: 0 },
    stuck: [],
  },
  history: {
    reads: 1,
    writes: 1,
    unknown: 0,
    receipts: noCounts,
    file: "history.ndjson",
    verdict: { operations: 2, keys: 1, reads: 1, wrongReads: 0, violations: [] },
  },
  violations: [],
  faults: { "link cut": { caused: 1, effects: 0 } },
  leftOut: {},
  ownEnds: {},
  readerOutcomes: {},
  receipts: { sent: 1, withReceipt: 1, malformedMessages: 0, deadLetters: 0, wrongDeadLetters: 0, problems: [] },
  equality: { keys: 1, equal: 1, cached: 1, fences: 0, problems: [] },
  cacheEpochs: [],
  pauses: { longestWriteMs: 0, longestReadMs: 0 },
  evictedKeys: 0,
  isFenceThere: true,
};

describe("a deck", () => {
  it("gives every card once before any comes again, in an order that follows from the seed", () => {
    const cards = ["a", "b", "c", "d"];
    const drawn = (seed: number): readonly string[] => {
      const deck = new Deck(cards, seededRandom(seed));
      return Array.from({ length: 8 }, () => deck.draw());
    };
    expect(new Set(drawn(3).slice(0, 4)).size).toBe(4);
    expect(new Set(drawn(3).slice(4)).size).toBe(4);
    expect(drawn(3)).toEqual(drawn(3));
  });
});

describe("what was sent", () => {
  it("knows the newest of each key, deletes among them, whatever is sent late or again", () => {
    const sent = new SentRecords(1_000_000_000);
    sent.next("a");
    sent.keepBack("b");
    const deleted = sent.next("a", "delete");
    const [late] = sent.takeLate(seededRandom(1), 5);
    expect(late).toMatchObject({ id: "b", n: 1 });
    expect(sent.newest.get("a")).toBe(deleted);
    expect(sent.all).toContain(sent.again(seededRandom(2)));
    expect(sent.takeLate(seededRandom(1), 5)).toEqual([]);
    expect(() => fieldsOf(deleted)).toThrow(TypeError);
  });

  it("is mostly of a few hot keys", () => {
    const random = seededRandom(5);
    const ids = Array.from({ length: 1_000 }, () => pickId(random, { keys: 1_000, hotKeys: 2, hotShare: 0.5 }));
    expect(ids.filter((id) => id === "s0" || id === "s1").length).toBeGreaterThan(400);
    expect(new Set(ids).size).toBeGreaterThan(300);
  });
});

describe("a report", () => {
  it("has no problem where all holds, and asks for every fault only in a long run", () => {
    expect(problemsOf(rightReport, { expectsEveryFault: false })).toEqual([]);
    expect(problemsOf(rightReport, { expectsEveryFault: true })).toEqual(['the fault "link cut" had no effect']);
    expect(reportText(rightReport, [])).toContain("all holds");
  });

  it.each<[string, Partial<TortureReport>]>([
    [
      "reads were wrong",
      { history: { ...rightReport.history, verdict: { ...rightReport.history.verdict, wrongReads: 2 } } },
    ],
    ["have no receipt", { receipts: { ...rightReport.receipts, withReceipt: 0 } }],
    ["2 records were dead", { receipts: { ...rightReport.receipts, wrongDeadLetters: 2 } }],
    [
      "1 records were dead or expired",
      { load: { ...rightReport.load, jobs: { ...rightReport.load.jobs, receipts: { ...noCounts, expired: 1 } } } },
    ],
    ["did not come to rest", { load: { ...rightReport.load, stuck: ["the jobs"] } }],
    ["not equal", { equality: { ...rightReport.equality, equal: 0 } }],
    ["fence is gone", { isFenceThere: false }],
    [
      "nothing was read",
      { history: { ...rightReport.history, verdict: { ...rightReport.history.verdict, reads: 0 } } },
    ],
    [
      "failed",
      { load: { ...rightReport.load, jobs: { ...rightReport.load.jobs, receipts: { ...noCounts, failed: 1 } } } },
    ],
  ])("says that %s", (problem, change) => {
    const report = { ...rightReport, ...change };
    const problems = problemsOf(report, { expectsEveryFault: false });
    expect(problems.join("\n")).toContain(problem);
    expect(reportText(report, problems)).toContain(`PROBLEM: `);
  });
});

it("counts faults with and without an effect, and names those that never came", () => {
  const lines: string[] = [];
  const log = new FaultLog((line) => lines.push(line));
  log.expect(["cut", "delay"]);
  log.record("cut", "reader and cache", 3);
  log.record("cut", "reader and cache", 0);
  expect(Object.fromEntries(log.counts)).toEqual({
    cut: { caused: 2, effects: 3 },
    delay: { caused: 0, effects: 0 },
  });
  expect(lines).toHaveLength(2);
});

describe("the fault that a picture shows", () => {
  const at = (seconds: number, kind: string): CausedFault => ({ kind, atNs: seconds * 1e9 });

  it("is the failover that stands most alone, once the load is under way", () => {
    const caused = [at(4, "failover"), at(30, "FLUSHALL"), at(32, "failover"), at(60, "failover"), at(90, "FLUSHALL")];
    expect(pickShownFault(caused, 0)).toBe(caused[3]);
  });

  it("is another loss where there was no failover, and none where there was none", () => {
    const caused = [at(30, "FLUSHALL")];
    expect(pickShownFault(caused, 0)).toBe(caused[0]);
    expect(pickShownFault([], 0)).toBeUndefined();
  });
});

describe("progress after the faults", () => {
  it("names what is unfinished when nothing moves, and nothing as soon as the work is done", async () => {
    const progress = new Progress();
    void progress.of("the jobs", new Promise(() => undefined));
    await progress.of("the load", Promise.resolve());
    expect(await progress.stuck(new Promise(() => undefined), 0)).toEqual(["the jobs"]);
    expect(await progress.stuck(Promise.resolve(), Number.POSITIVE_INFINITY)).toEqual([]);
  });
});
