import { describe, expect, it } from "vitest";
import { addCounts, countReceipts, noReceipts, type Receipt, receiptStatuses } from "../../src/index.ts";
import { versionOf } from "../../src/testing/index.ts";

const APPLIED: Receipt = { status: "applied", version: versionOf(1) };
const DEAD: Receipt = { status: "dead", reason: "bad-key", detail: "the key is empty" };

describe("counts of receipts", () => {
  it("count each receipt under its status", () => {
    expect(countReceipts(noReceipts(), [APPLIED, DEAD, APPLIED])).toEqual({ ...noReceipts(), applied: 2, dead: 1 });
  });

  it("are added status by status", () => {
    const more = Object.fromEntries(receiptStatuses.map((status, index) => [status, index + 1]));
    const counts = addCounts({ ...noReceipts(), applied: 10 }, { ...noReceipts(), ...more });
    expect(Object.values(counts)).toEqual([11, 2, 3, 4, 5, 6, 7]);
  });
});
