/** Receipts for people, and the exit code that they mean. */
import { formatTimeUs } from "@trilane/feature-groups";
import { eventTimeUsOf, type Receipt, type Version } from "@trilane/write-through";
import { EXIT } from "./exit-codes.ts";
import { textTable } from "./text-table.ts";

export function receiptsText(receipts: readonly Receipt[]): string {
  return textTable(receipts.map(receiptRow));
}

function receiptRow(receipt: Receipt): readonly string[] {
  switch (receipt.status) {
    case "applied":
    case "duplicate":
    case "expired":
      return [receipt.status, ...versionCells(receipt.version)];
    case "superseded":
      return [receipt.status, ...versionCells(receipt.version), `by ${versionCells(receipt.by).join(" ")}`];
    case "dead":
      return [receipt.status, receipt.reason, receipt.detail];
    case "failed":
      return [receipt.status, receipt.error.code, receipt.error.message];
  }
}

function versionCells(version: Version): readonly [string, string] {
  return [formatTimeUs(eventTimeUsOf(version)), version];
}

/** Receipts as JSON: an error has its code and message, which JSON leaves out. */
export function receiptJson(receipt: Receipt): object {
  if (receipt.status !== "failed") return receipt;
  const { code, message, retryable } = receipt.error;
  return { status: "failed", error: { code, message, retryable } };
}

/** The worst of them. */
export function receiptsExitCode(receipts: readonly Receipt[]): number {
  const failed = receipts.filter((receipt) => receipt.status === "failed");
  if (failed.length > 0) return failed.every(({ error }) => error.retryable) ? EXIT.tryAgain : EXIT.failure;
  return receipts.some(({ status }) => status === "dead" || status === "expired") ? EXIT.refused : EXIT.ok;
}
