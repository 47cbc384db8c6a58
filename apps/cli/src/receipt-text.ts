/** Receipts as text for people, and the exit code that they mean. */
import { formatTimeUs } from "@trilane/feature-groups";
import { type DecidingPart, decidingPart, eventTimeUsOf, type Receipt, type Version } from "@trilane/write-through";
import { EXIT } from "./exit-codes.ts";
import { textTable } from "./text-table.ts";

/** Why another record won: by its event time, or at the same event time by the next part that differs. */
const BEATEN_BY: Readonly<Record<DecidingPart, string>> = {
  "event-time": "by a newer record",
  sequence: "by another record of the same event time, with a higher sequence",
  lane: "by another record of the same event time, of a lane that goes before",
  place: "by another record of the same event time, later in its source",
  "schema-version": "by the same place in its source, decoded by a later schema",
  "content-hash": "by another record of the same event time and place in its source",
};

export function receiptsText(receipts: readonly Receipt[]): string {
  return textTable(receipts.map(receiptRow));
}

function receiptRow(receipt: Receipt): readonly string[] {
  switch (receipt.status) {
    case "applied":
    case "duplicate":
    case "expired":
    case "erased":
      return [receipt.status, ...versionCells(receipt.version)];
    case "superseded":
      return [
        receipt.status,
        ...versionCells(receipt.version),
        `${beatenBy(receipt)}: ${versionCells(receipt.by).join(" ")}`,
      ];
    case "dead":
      return [receipt.status, receipt.reason, receipt.detail];
    case "failed":
      return [receipt.status, receipt.error.code, receipt.error.message];
  }
}

function beatenBy({ version, by }: Extract<Receipt, { readonly status: "superseded" }>): string {
  return BEATEN_BY[decidingPart(version, by) ?? "content-hash"];
}

function versionCells(version: Version): readonly [string, string] {
  return [formatTimeUs(eventTimeUsOf(version)), version];
}

/**
 * Receipts as JSON. An error gets its code and message, which JSON would leave out, and a superseded receipt says which
 * version won.
 */
export function receiptJson(receipt: Receipt): object {
  if (receipt.status === "superseded") return { ...receipt, decidedBy: decidingPart(receipt.version, receipt.by) };
  if (receipt.status !== "failed") return receipt;
  const { code, message, retryable } = receipt.error;
  return { status: "failed", error: { code, message, retryable } };
}

/** The exit code of the worst receipt. */
export function receiptsExitCode(receipts: readonly Receipt[]): number {
  const failed = receipts.filter((receipt) => receipt.status === "failed");
  if (failed.length > 0) return failed.every(({ error }) => error.retryable) ? EXIT.tryAgain : EXIT.failure;
  return receipts.some(({ status }) => status === "dead" || status === "expired") ? EXIT.refused : EXIT.ok;
}
