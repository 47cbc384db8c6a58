import { noReceipts } from "@trilane/write-through";
import { describe, expect, it } from "vitest";
import type { ErasuresAudit } from "../src/audit/audit-erasures.ts";
import { problemsOf, reportText, type TortureReport } from "../src/torture-report.ts";

const noCounts = noReceipts();

const rightReport: TortureReport = {
  seed: 1,
  minutes: 1,
  seconds: 60,
  cache: "valkey 8",
  load: {
    stream: { messages: 1, duplicates: 0, deletes: 0, malformed: 0 },
    batch: { loads: 1, repeated: 0, rows: 1, malformed: 0, receipts: noCounts, problems: [] },
    jobs: { jobs: 1, records: 1, receipts: noCounts, erased: [], sentAgain: 0 },
    erasures: { jobs: 1, commands: 0, erasedAt: new Map() },
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
  edgeProblems: [],
  leftOut: {},
  ownEnds: {},
  readerOutcomes: {},
  receipts: {
    sent: 1,
    withReceipt: 1,
    messages: 1,
    messagesWithReceipt: 1,
    malformedMessages: 0,
    deadLetters: 0,
    wrongDeadLetters: 0,
    problems: [],
  },
  reports: { reports: 3, consumed: 5, problems: [] },
  expiry: { expired: 0, hidden: 0, wrong: 0, problems: [] },
  erasures: {
    erasures: 1,
    lifts: 0,
    resumed: 1,
    removed: 1,
    sweeps: 3,
    hidden: 1,
    wrong: 0,
    persons: 1,
    scan: { places: [{ place: "table", looked: 1, bytes: 1, finds: 0, others: 1 }], planted: 1, problems: [] },
    problems: [],
  },
  equality: { keys: 1, equal: 1, cached: 1, fences: 0, problems: [] },
  cacheEpochs: [],
  pauses: { longestWriteMs: 0, longestReadMs: 0 },
  evictedKeys: 0,
  isFenceThere: true,
  refused: null,
};

function erasuresWith(change: Partial<ErasuresAudit>): ErasuresAudit {
  if (rightReport.erasures === null) throw new TypeError("the report has no erasures");
  return { ...rightReport.erasures, ...change };
}

describe("a report", () => {
  it("has no problem where all holds, and asks for every fault only in a long run", () => {
    expect(problemsOf(rightReport, { expectsEveryFault: false })).toEqual([]);
    expect(problemsOf(rightReport, { expectsEveryFault: true })).toEqual(['the fault "link cut" had no effect']);
    expect(reportText(rightReport, [])).toContain("all holds");
    expect(reportText(rightReport, [])).toContain("of 1 persons erased: 0 finds; a planted marker was found in 1 of 1");
  });

  it("does not miss the watched fence where another epoch has begun, which ends the fences of the one before", () => {
    const epochs = [1, 2].map((epoch) => ({ atNs: epoch, epoch, mode: "on", reason: "silent", by: "reader" }));
    const report = { ...rightReport, cacheEpochs: epochs, isFenceThere: false };
    expect(problemsOf(report, { expectsEveryFault: false })).toEqual([]);
    expect(reportText(report, [])).toContain("the watched fence is gone with its epoch, of 2");
  });

  it.each<[string, Partial<TortureReport>]>([
    [
      "reads were wrong",
      { history: { ...rightReport.history, verdict: { ...rightReport.history.verdict, wrongReads: 2 } } },
    ],
    ["have no receipt", { receipts: { ...rightReport.receipts, withReceipt: 0 } }],
    ["2 records were dead", { receipts: { ...rightReport.receipts, wrongDeadLetters: 2 } }],
    ["1 messages have no receipt", { receipts: { ...rightReport.receipts, messagesWithReceipt: 0 } }],
    ["the receipts add up to 5", { reports: { ...rightReport.reports, problems: ["the receipts add up to 5"] } }],
    ["the life of a record", { expiry: { ...rightReport.expiry, wrong: 1 } }],
    ["do not fit the erasures", { erasures: erasuresWith({ wrong: 1 }) }],
    ["nobody was erased", { erasures: erasuresWith({ erasures: 0 }) }],
    [
      "in force before it was",
      { erasures: erasuresWith({ problems: ["erasure 1 was said to be in force before it was"] }) },
    ],
    [
      "cache: s1 holds the marker of an erased person",
      {
        erasures: erasuresWith({
          scan: { places: [], planted: 1, problems: ["cache: s1 holds the marker of an erased person"] },
        }),
      },
    ],
    ["did not come to rest", { load: { ...rightReport.load, stuck: ["the jobs"] } }],
    ["a-1 must not be there", { edgeProblems: ["transactions: a-1 must not be there"] }],
    ["not equal", { equality: { ...rightReport.equality, equal: 0 } }],
    ["fence is gone", { isFenceThere: false }],
    ["docs/rights.md does not allow: api dynamodb:PutItem", { refused: ["api dynamodb:PutItem"] }],
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
