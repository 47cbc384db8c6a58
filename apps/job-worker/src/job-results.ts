/** The answer of a job: its receipts as JSON, for a sender that waits. */
import type { LoadReport } from "@trilane/batch-loader";
import { countReceipts, noReceipts, type Receipt, type ReceiptCounts } from "@trilane/write-through";

/** A receipt without `failed`: a job with failed receipts runs again. Versions are text. */
export type JobReceipt = Exclude<Receipt, { readonly status: "failed" }>;

export interface WriteResult {
  readonly kind: "written";
  /** One per record or key, in order. */
  readonly receipts: readonly JobReceipt[];
  readonly counts: ReceiptCounts;
}

export interface LoadResult {
  readonly kind: "loaded";
  readonly report: LoadReport;
}

export interface EraseResult {
  readonly kind: "erased";
  /** The erasures that are in force, with digests instead of names. */
  readonly erasures: readonly { readonly number: number; readonly subject: string }[];
}

export type JobResult = WriteResult | LoadResult | EraseResult;

const DETAIL_CHARACTERS_MAX = 500;
const RECEIPT_BYTES = 150;
const LOAD_BYTES = 16_000;

export function writeResult(receipts: readonly JobReceipt[]): WriteResult {
  return { kind: "written", receipts: receipts.map(shortened), counts: countReceipts(noReceipts(), receipts) };
}

/** About the length of its text; the version is most of a receipt. */
export function resultBytesOf(result: JobResult): number {
  if (result.kind === "loaded") return LOAD_BYTES;
  if (result.kind === "erased") return RECEIPT_BYTES * result.erasures.length;
  return result.receipts.reduce((bytes, receipt) => {
    return bytes + RECEIPT_BYTES + (receipt.status === "dead" ? receipt.detail.length : 0);
  }, 0);
}

/** Finished jobs stay in memory for a while, so the details are bounded. */
function shortened(receipt: JobReceipt): JobReceipt {
  return receipt.status === "dead" ? { ...receipt, detail: receipt.detail.slice(0, DETAIL_CHARACTERS_MAX) } : receipt;
}
