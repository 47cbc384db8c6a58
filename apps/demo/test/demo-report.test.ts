import { noReceipts } from "@trilane/write-through";
import { describe, expect, it } from "vitest";
import { type DemoReport, problemsOf, reportText } from "../src/demo-report.ts";

const report: DemoReport = {
  lanes: [
    {
      lane: "stream",
      given: 3,
      consumed: 3,
      receipts: { ...noReceipts(), applied: 2, dead: 1 },
      seconds: 1,
      isKilled: false,
    },
  ],
  malformed: 1,
  deadLetters: { reasons: { "invalid-features": 1 }, again: 0 },
  reader: { requests: 1, reads: 1, fromCache: 1, failedRequests: 0, backwards: [] },
  verification: { routes: 2, equalThroughApi: 2, equalInStore: 2, fromCache: 2, deleted: 0, differences: [] },
  outage: null,
  refused: [],
  seconds: 1,
  phases: [
    { name: "start, with the servers", seconds: 12.34 },
    { name: "lanes", seconds: 31, parts: [{ name: "load", seconds: 9.5 }] },
  ],
};

describe("the report of the demo", () => {
  it("holds when the receipts add up and every route is equal", () => {
    expect(problemsOf(report)).toEqual([]);
    expect(reportText(report)).toContain("all holds");
  });

  it("says in a line for each phase how long it took", () => {
    expect(reportText(report)).toContain(
      [
        "took 1.0 s after the servers' start",
        "  start, with the servers    12.3 s",
        "  lanes                      31.0 s",
        "    load                      9.5 s",
        "",
      ].join("\n"),
    );
  });

  it("counts a message that was delivered again once, and says how many letters that left", () => {
    const redelivered = { ...report, deadLetters: { ...report.deadLetters, again: 1_200 } };
    expect(problemsOf(redelivered)).toEqual([]);
    expect(reportText(redelivered)).toContain("invalid-features 1; 1,200 letters more, of messages delivered again");
  });

  it.each<[string, Partial<DemoReport>, string]>([
    ["a malformed message without a letter", { malformed: 2 }, "2 messages were malformed, 1 have a dead letter"],
    [
      "a letter for a message that was good",
      { deadLetters: { reasons: { "invalid-features": 2 }, again: 0 } },
      "1 messages were malformed, 2 have a dead letter",
    ],
    [
      "a version that went backwards",
      { reader: { ...report.reader, backwards: ["SEA-SFO: 2 -> 1"] } },
      "a version went backwards: SEA-SFO: 2 -> 1",
    ],
    [
      "a route that differs",
      { verification: { ...report.verification, equalInStore: 1 } },
      "1 routes differ in the store",
    ],
    [
      "an outage that came too late",
      { outage: { server: "cache", how: "killed", beganSeconds: null, seconds: 0 } },
      "the lanes were done before the outage: use more --rows",
    ],
  ])("does not hold with %s", (_, change, problem) => {
    expect(problemsOf({ ...report, ...change })).toEqual([problem]);
  });

  it("does not hold where a lane consumed other than it was given, or receipts are missing", () => {
    const [stream] = report.lanes;
    if (stream === undefined) throw new TypeError("the report has a lane");
    const lanes = [{ ...stream, consumed: 2 }];
    expect(problemsOf({ ...report, lanes })).toEqual([
      "stream: consumed 2, but the receipts add up to 3",
      "stream: was given 3, consumed 2",
    ]);
  });
});
