/** The number of rows that have a receipt. */
import type { ReceiptCounts } from "@trilane/write-through";

export function consumedOf(receipts: ReceiptCounts): number {
  return Object.values(receipts).reduce((sum, count) => sum + count, 0);
}
