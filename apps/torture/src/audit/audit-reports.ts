/**
 * Checks the reports that lanes print when they end in order: consumed =
 * applied + superseded + duplicate + expired + erased + dead.
 */
import type { ReceiptCounts } from "@trilane/write-through";
import type { SupervisedProcess } from "../supervised-process.ts";

export interface ReportsAudit {
  readonly reports: number;
  readonly consumed: number;
  readonly problems: readonly string[];
}

interface LaneReport {
  readonly consumed: number;
  readonly receipts: ReceiptCounts;
}

const LANES = /^(?:stream|stream-\d+|worker|batch|edge-stream|edge-worker)$/u;
const FINAL = ["applied", "superseded", "duplicate", "expired", "erased", "dead"] as const;

export function auditReports(processes: readonly Pick<SupervisedProcess, "name" | "outputs">[]): ReportsAudit {
  const problems: string[] = [];
  let reports = 0;
  let all = 0;
  for (const { name, outputs } of processes) {
    if (!LANES.test(name)) continue;
    for (const output of outputs) {
      const { consumed, receipts } = JSON.parse(output) as LaneReport;
      const sum = finalReceipts(receipts);
      reports += 1;
      all += consumed;
      if (sum !== consumed) problems.push(`${name}: consumed ${consumed}, and the receipts add up to ${sum}`);
    }
  }
  return { reports, consumed: all, problems };
}

function finalReceipts(receipts: ReceiptCounts): number {
  return FINAL.reduce((sum, status) => sum + receipts[status], 0);
}
