import { expect, it } from "vitest";
import { readMetrics, sumOf } from "../../src/lanes/metrics-text.ts";

const TEXT = `# HELP trilane_receipts_total Records by lane and receipt
# TYPE trilane_receipts_total counter
trilane_receipts_total{lane="batch",status="applied"} 12
trilane_receipts_total{lane="batch",status="superseded"} 5
trilane_receipts_total{lane="stream",status="applied"} 7
process_resident_memory_bytes 1.5e+8
trilane_receipts_total_other 99
`;

it("reads series with and without labels, and adds up those of a name that have the labels", () => {
  const values = readMetrics(TEXT);
  expect(sumOf(values, "trilane_receipts_total")).toBe(24);
  expect(sumOf(values, "trilane_receipts_total", 'lane="batch"')).toBe(17);
  expect(sumOf(values, "trilane_receipts_total", 'lane="batch",status="applied"')).toBe(12);
  expect(sumOf(values, "process_resident_memory_bytes")).toBe(150_000_000);
  expect(sumOf(values, "nothing")).toBe(0);
});
