import { describe, expect, it } from "vitest";
import { checkHistory, type Violation } from "../../src/history/check-history.ts";
import { compareWithBruteForce } from "../../src/history/compare-with-brute-force.ts";
import { describeViolation } from "../../src/history/describe-violation.ts";
import { History, type OperationKind } from "../../src/history/history.ts";

const SEEDS = [1, 2, 3, 4];
const HISTORIES = 25_000;
type Row = readonly [OperationKind, string | null, number, number | null];

/** One operation per row: kind, version, invocation, return. */
function historyOf(rows: readonly Row[]): History {
  const history = new History();
  rows.forEach(([op, version, invoke, returned], process) => {
    history.add({ process, op, key: "k", version, invoke, return: returned });
  });
  return history;
}

function kindsOf(rows: readonly Row[]): readonly Violation["kind"][] {
  return checkHistory(historyOf(rows)).violations.map((violation) => violation.kind);
}

describe("checkHistory", () => {
  it.each(SEEDS)(`agrees with brute force on ${HISTORIES} random histories of seed %i`, (seed) => {
    const agreement = compareWithBruteForce({ histories: HISTORIES, seed });
    expect(agreement.difference).toBeNull();
    expect(agreement.accepted).toBeGreaterThan(HISTORIES / 5);
    expect(agreement.rejected).toBeGreaterThan(HISTORIES / 5);
  });

  it("accepts a read that overlaps the newer write", () => {
    expect(
      kindsOf([
        ["write", "a", 0, 1],
        ["write", "b", 2, 9],
        ["read", "a", 3, 4],
      ]),
    ).toEqual([]);
  });

  it("rejects a read that begins after the newer write was acknowledged", () => {
    expect(
      kindsOf([
        ["write", "b", 0, 1],
        ["read", null, 2, 3],
      ]),
    ).toEqual(["stale"]);
  });

  it("rejects a read that goes back behind another read", () => {
    const rows: readonly Row[] = [
      ["write", "b", 0, null],
      ["read", "b", 1, 2],
      ["read", null, 3, 4],
    ];
    expect(kindsOf(rows)).toEqual(["stale"]);
  });

  it("accepts either answer while a write has no outcome", () => {
    expect(
      kindsOf([
        ["write", "b", 0, null],
        ["read", null, 1, 2],
        ["read", "b", 3, 4],
      ]),
    ).toEqual([]);
  });

  it("rejects what nobody wrote, and what was not written yet", () => {
    expect(kindsOf([["read", "x", 0, 1]])).toEqual(["never-written"]);
    expect(
      kindsOf([
        ["read", "x", 0, 1],
        ["write", "x", 2, 3],
      ]),
    ).toEqual(["before-write"]);
  });

  it("rejects a write that comes after a newer one, when it is read nevertheless", () => {
    const rows: readonly Row[] = [
      ["write", "b", 0, 1],
      ["write", "a", 2, 5],
      ["read", "a", 0, 6],
    ];
    expect(kindsOf(rows)).toEqual(["stale"]);
  });

  it("lets a redelivered version exist from its first invocation", () => {
    const rows: readonly Row[] = [
      ["write", "a", 0, null],
      ["read", "a", 1, 2],
      ["write", "a", 3, 4],
      ["read", null, 5, 6],
    ];
    expect(kindsOf(rows)).toEqual(["stale"]);
  });

  it("ignores reads without an outcome, and keeps keys apart", () => {
    const history = historyOf([
      ["write", "b", 0, 1],
      ["read", null, 2, null],
    ]);
    history.add({ process: 9, op: "read", key: "other", version: null, invoke: 5, return: 6 });
    expect(checkHistory(history)).toMatchObject({ operations: 3, keys: 2, reads: 1, wrongReads: 0 });
  });
});

describe("describeViolation", () => {
  it("shows the operations that matter, and no others", () => {
    const history = historyOf([
      ["write", "a", 0, 1],
      ["write", "b", 2, null],
      ["read", "a", 3, 4],
      ["read", "b", 5, 6],
      ["read", "a", 7, 8],
    ]);
    const [violation] = checkHistory(history).violations;
    expect(violation && describeViolation(history, violation)).toBe(
      [
        'key "k": the read of line 5 is stale: line 4 had completed with a newer version before it could begin',
        "  line 1: process 0 write a, from 0 ns to 1 ns",
        "  line 2: process 1 write b, from 2 ns to unknown",
        "  line 4: process 3 read b, from 5 ns to 6 ns",
        "  line 5: process 4 read a, from 7 ns to 8 ns",
      ].join("\n"),
    );
  });
});
