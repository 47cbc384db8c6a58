/** Receipts: the outcome of each record. Every consumed record gets exactly one. */
import type { CoreError } from "../errors.ts";
import type { SubjectDigest } from "../protocol/erasure.ts";
import type { Version } from "../protocol/version.ts";

export type Receipt =
  /** The record is stored, and every later read sees it or something newer. */
  | { readonly status: "applied"; readonly version: Version }
  /** A newer version of the key was there, or came in the same call. */
  | { readonly status: "superseded"; readonly version: Version; readonly by: Version }
  /** This very version was there, or came twice in the same call. */
  | { readonly status: "duplicate"; readonly version: Version }
  /** The record's time to live was over before it arrived. Nothing was written. */
  | { readonly status: "expired"; readonly version: Version }
  /**
   * The person the record belongs to was erased, and the record with it: no reader is answered with it. `version` is
   * `NO_VERSION` for a record that would be dead otherwise.
   */
  | { readonly status: "erased"; readonly version: Version }
  /** The record was refused for good, and nothing was written. Its sender keeps it with the reason. */
  | {
      readonly status: "dead";
      readonly reason: string;
      readonly detail: string;
      /** Absent where it cannot be read from the record. */
      readonly owner?: RecordOwner;
    }
  /** The record is not acknowledged: it may or may not have been stored. Sending the same record again is safe. */
  | { readonly status: "failed"; readonly error: CoreError };

/** Whose a refused record is, and when it happened, so that its dead letter can be erased. */
export interface RecordOwner {
  readonly subject: SubjectDigest;
  /** Microseconds since 1970; null where it cannot be read, and any erasure of the person covers the record. */
  readonly eventTimeUs: number | null;
}

/** The reason of a record whose key belongs to another program's item, so that no attempt could ever write it. */
export const FOREIGN_ITEM = "foreign-item";

export type ReceiptStatus = Receipt["status"];

export const receiptStatuses = Object.keys(noReceipts()) as readonly ReceiptStatus[];

/** The number of receipts of each kind; the sum is the number of consumed records. */
export type ReceiptCounts = Record<ReceiptStatus, number>;

export function noReceipts(): ReceiptCounts {
  return { applied: 0, superseded: 0, duplicate: 0, expired: 0, erased: 0, dead: 0, failed: 0 };
}

/** Adds `receipts` to `counts` in place and returns it. */
export function countReceipts(counts: ReceiptCounts, receipts: readonly Receipt[]): ReceiptCounts {
  for (const receipt of receipts) counts[receipt.status] += 1;
  return counts;
}

/** Adds `more` to `counts` in place and returns it. */
export function addCounts(counts: ReceiptCounts, more: Readonly<ReceiptCounts>): ReceiptCounts {
  for (const status of receiptStatuses) counts[status] += more[status];
  return counts;
}
