/** Sums of receipt counts. */
import type { ReceiptCounts } from "@trilane/write-through";

/** Adds `more` to `counts` in place and returns it. */
export function addCounts(counts: ReceiptCounts, more: ReceiptCounts): ReceiptCounts {
  for (const status of Object.keys(counts) as (keyof ReceiptCounts)[]) counts[status] += more[status];
  return counts;
}
