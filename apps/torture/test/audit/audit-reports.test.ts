import { noReceipts } from "@trilane/write-through";
import { expect, it } from "vitest";
import { auditReports } from "../../src/audit/audit-reports.ts";

function reportOf(consumed: number): string {
  return JSON.stringify({ consumed, receipts: { ...noReceipts(), applied: 2, erased: 3, failed: 7 } });
}

it("adds up the final receipts of every lane that ended in order, and names the one that does not", () => {
  const lanes = [
    { name: "stream", outputs: [reportOf(5)] },
    { name: "worker", outputs: [reportOf(5), reportOf(6)] },
    { name: "reader-1", outputs: ['{"found":3}'] },
  ];
  expect(auditReports(lanes)).toEqual({
    reports: 3,
    consumed: 16,
    problems: ["worker: consumed 6, and the receipts add up to 5"],
  });
});
