import { noReceipts, type ReceiptCounts } from "@trilane/write-through";
import { describe, expect, test } from "vitest";
import { parseDeadMax, RefusalCount, refusalsText, tooManyDead } from "../../src/report/refusals.ts";

const counts = (more: Partial<ReceiptCounts>): ReceiptCounts => ({ ...noReceipts(), ...more });

describe("tooManyDead", () => {
  test("is a load without one good row, whatever may be refused", () => {
    for (const deadMax of [null, parseDeadMax("100%"), parseDeadMax("10")]) {
      expect(tooManyDead(counts({ dead: 5 }), deadMax)).toBe("none of its 5 rows is a record of the group");
      expect(tooManyDead(counts({ dead: 5, superseded: 1 }), deadMax)).toBeNull();
    }
  });

  test("is not a load without rows", () => {
    expect(tooManyDead(counts({}), parseDeadMax("0"))).toBeNull();
  });

  test.each([
    ["2", 2, null],
    ["2", 3, "3 of its 100 rows are refused, at most 2 may be"],
    ["0", 1, "1 of its 100 rows are refused, at most 0 may be"],
    ["2.5%", 2, null],
    ["2.5%", 3, "3 of its 100 rows are refused, at most 2.5% may be"],
  ])("--dead-max %s with %d refused of 100: %s", (text, dead, problem) => {
    expect(tooManyDead(counts({ dead, applied: 90, duplicate: 10 - dead }), parseDeadMax(text))).toBe(problem);
  });
});

test("a number of rows or a share is read, anything else is not", () => {
  expect(parseDeadMax("17")).toEqual({ kind: "rows", rows: 17 });
  expect(parseDeadMax("0.5%")).toEqual({ kind: "share", share: 0.005 });
  for (const text of ["", "-1", "1.5", "101%", "%", "1e3", "5 %"]) expect(parseDeadMax(text)).toBeNull();
});

test("refused rows are counted by reason with the first one's place, and not with what they held", () => {
  const refusals = new RefusalCount();
  refusals.add("invalid-utf8", "s3://b/a.csv", { row: 2 });
  refusals.add("invalid-json", "s3://b/b.ndjson", { row: 1, byteOffset: 70 });
  refusals.add("invalid-json", "s3://b/c.ndjson", { row: 1 });
  const text = "2 invalid-json (the row at byte 70 of s3://b/b.ndjson), 1 invalid-utf8 (row 2 of s3://b/a.csv)";
  expect(refusalsText(refusals.all())).toBe(text);
});
