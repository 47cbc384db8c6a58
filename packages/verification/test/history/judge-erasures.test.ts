import { eventTimeUsOf, PERMANENT_US, tombstoneVersionOf } from "@trilane/write-through";
import { versionOf } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { checkHistory } from "../../src/history/check-history.ts";
import { History, type Operation } from "../../src/history/history.ts";
import {
  type ErasureFacts,
  judgeErasures,
  type JudgedHistory,
  type SeenErasure,
} from "../../src/history/judge-erasures.ts";

const ANNA = "a".repeat(32);
const BERT = "b".repeat(32);
const [first, second] = [versionOf(1), versionOf(2)];

type Times = readonly [invoke: number, returned: number | null];

function write(version: string, [invoke, returned]: Times): Operation {
  return { process: 1, op: "write", key: "k", version, invoke, return: returned };
}

function read(version: string | null, [invoke, returned]: Times, found = version !== null): Operation {
  return { process: 2, op: "read", key: "k", version, invoke, return: returned, found };
}

/** Everything of Anna's: announced after 15, in force between 30 and 40. */
const annasErasure: SeenErasure = {
  number: 1,
  subject: ANNA,
  kind: "erase",
  untilUs: PERMANENT_US,
  announcedAfter: 15,
  inForce: { from: 30, to: 40 },
};

function judge(operations: readonly Operation[], facts: Partial<ErasureFacts> = {}): JudgedHistory {
  const history = new History();
  for (const operation of operations) history.add(operation);
  const subjects = new Map<string, string>([
    [first, ANNA],
    [second, BERT],
  ]);
  return judgeErasures(history, { erasures: [annasErasure], subjects, judged: [], originNs: 0, ...facts });
}

function problemsOf(judged: JudgedHistory): readonly string[] {
  return [...judged.problems, ...checkHistory(judged.history).violations.map(({ kind }) => kind)];
}

const annasWrite = write(first, [10, 20]);

describe("the judge of erasures", () => {
  it("takes none for true before there is a record, also before the first operation of the recordings", () => {
    expect(problemsOf(judge([annasWrite, read(null, [-8, -5])]))).toEqual([]);
  });

  it("takes either answer while the erasure comes into force, and only none from then on", () => {
    const during = [annasWrite, read(first, [32, 35]), read(null, [32, 35])];
    expect(problemsOf(judge(during))).toEqual([]);
    expect(judge(during).hidden).toBe(1);
    expect(problemsOf(judge([annasWrite, read(null, [41, 45])]))).toEqual([]);
    expect(problemsOf(judge([annasWrite, read(first, [41, 45])]))[0]).toContain("which was erased before it began");
  });

  it("explains no none before the erasure", () => {
    expect(problemsOf(judge([annasWrite, read(null, [22, 29])]))[0]).toContain("true at no moment");
  });

  it("explains no none by a record that another person's had replaced", () => {
    const replaced = [annasWrite, write(second, [22, 25]), read(null, [45, 50])];
    expect(problemsOf(judge(replaced))[0]).toContain("true at no moment");
  });

  it("lets no read go back to the covered record when another read has seen a later one", () => {
    const judged = judge([annasWrite, write(second, [22, null]), read(second, [45, 50]), read(null, [55, 60])]);
    expect(problemsOf(judged)[0]).toContain("true at no moment");
  });

  it("knows the tombstone of a sweep from the erasure on, and lets none go back below it", () => {
    const swept = tombstoneVersionOf(first);
    expect(problemsOf(judge([annasWrite, read(swept, [45, 50], false)]))).toEqual([]);
    expect(problemsOf(judge([annasWrite, read(swept, [22, 28], false)]))).toEqual(["before-write"]);
    const back = [annasWrite, read(swept, [45, 50], false), read(first, [55, 60], false)];
    expect(problemsOf(judge(back))).toEqual(["stale"]);
    expect(problemsOf(judge([annasWrite, read(tombstoneVersionOf(second), [45, 50], false)]))).toEqual([
      "never-written",
    ]);
  });

  it("asks of every receipt `erased` for an erasure that covers it, and of none that is in force for `applied`", () => {
    const receipt = { key: "k", version: first, invoke: 42, return: 50 };
    const wrong = (status: "applied" | "erased", facts: Partial<ErasureFacts> = {}): number =>
      judge([annasWrite], { judged: [{ ...receipt, status }], ...facts }).wrong;
    expect(wrong("erased")).toBe(0);
    expect(wrong("applied")).toBe(1);
    const early = { ...annasErasure, untilUs: eventTimeUsOf(first) - 1 };
    expect(wrong("erased", { erasures: [early] })).toBe(1);
    expect(wrong("applied", { erasures: [early] })).toBe(0);
  });

  it("shows a record again that a lift uncovers, from the moment on when the lift can be in force", () => {
    const lift: SeenErasure = {
      ...annasErasure,
      number: 2,
      kind: "lift",
      untilUs: eventTimeUsOf(first) - 1,
      inForce: { from: 60, to: 70 },
    };
    const erasures = [annasErasure, lift];
    expect(problemsOf(judge([annasWrite, read(first, [50, 59])], { erasures }))[0]).toContain("erased before it began");
    expect(problemsOf(judge([annasWrite, read(first, [50, 61])], { erasures }))).toEqual([]);
    expect(problemsOf(judge([annasWrite, read(null, [71, 75])], { erasures }))[0]).toContain("true at no moment");
  });
});
