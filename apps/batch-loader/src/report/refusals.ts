/**
 * Counts the refused rows of a load by reason, and decides when there are so
 * many that the load fails. A load that refused rows and took none always
 * fails, because then a header, a schema or a kind of file is wrong, and not a
 * row.
 */
import type { ReceiptCounts } from "@trilane/write-through";
import type { RowPosition } from "../formats/row-slice.ts";

/** The rows that were refused for one reason. Only a row's dead letter has its content and the name of the field. */
export interface Refusal {
  /** One of `DEAD_REASONS`, or the reason of a row that is no record. */
  readonly reason: string;
  readonly rows: number;
  /** The first row, such as `row 3 of s3://bucket/a.csv`. */
  readonly example: string;
}

/** How many rows may be refused: a number of them, or a share of all. */
export type DeadMax =
  | { readonly kind: "rows"; readonly rows: number }
  | { readonly kind: "share"; readonly share: number };

const DEAD_MAX_SHAPE = /^(\d{1,15})$|^(\d{1,3}(?:\.\d{1,6})?)%$/;
const PERCENT = 100;

/** `1000` rows, or `0.5%` of all; null for any other text. */
export function parseDeadMax(text: string): DeadMax | null {
  const [, rows, percent] = DEAD_MAX_SHAPE.exec(text) ?? [];
  if (rows !== undefined) return { kind: "rows", rows: Number(rows) };
  if (percent === undefined || Number(percent) > PERCENT) return null;
  return { kind: "share", share: Number(percent) / PERCENT };
}

/** The reason why so many refused rows make the load fail; null where they do not. */
export function tooManyDead(counts: ReceiptCounts, deadMax: DeadMax | null): string | null {
  const { dead } = counts;
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (dead === 0) return null;
  if (dead === rows) return `none of its ${rows} rows is a record of the group`;
  if (deadMax === null || !isMoreThan(deadMax, dead, rows)) return null;
  const allowed = deadMax.kind === "rows" ? `${deadMax.rows}` : `${deadMax.share * PERCENT}%`;
  return `${dead} of its ${rows} rows are refused, at most ${allowed} may be`;
}

/** True where more of `rows` were refused than allowed. */
export function isMoreThan(deadMax: DeadMax, dead: number, rows: number): boolean {
  return deadMax.kind === "rows" ? dead > deadMax.rows : dead > deadMax.share * rows;
}

/** Counts refused rows by reason. */
export class RefusalCount {
  readonly #byReason = new Map<string, Refusal>();

  add(reason: string, object: string, { row, byteOffset }: RowPosition): void {
    const place = byteOffset === undefined ? `row ${row}` : `the row at byte ${byteOffset}`;
    const { rows, example } = this.#byReason.get(reason) ?? { rows: 0, example: `${place} of ${object}` };
    this.#byReason.set(reason, { reason, rows: rows + 1, example });
  }

  /** The most frequent first. */
  all(): readonly Refusal[] {
    return [...this.#byReason.values()].toSorted((left, right) => right.rows - left.rows);
  }
}

/** `120 invalid-features (row 2 of s3://b/a.csv), 3 invalid-utf8 (row 9 of s3://b/a.csv)` */
export function refusalsText(refusals: readonly Refusal[]): string {
  return refusals.map(({ reason, rows, example }) => `${rows} ${reason} (${example})`).join(", ");
}
