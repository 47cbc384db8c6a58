/** How the Parquet units of a load were loaded: by an engine, or row by row and why. */
import { consumedOf } from "./consumed-of.ts";
import { noReceipts, type ReceiptCounts } from "@trilane/write-through";
import type { ReducedLoad } from "../engine/reduce-load.ts";
import { uriOf } from "../s3/source-object.ts";
import type { ObjectTally } from "./object-tally.ts";

/** Units that went row by row, although others like them are reduced. */
export interface UnreducedUnits {
  readonly reason: string;
  readonly units: number;
  /** The object of the first of them. */
  readonly example: string;
}

export interface ReductionReport {
  /** The number of units that were reduced before they were written, and the number of their rows. */
  readonly units: number;
  readonly rows: number;
  /** The most frequent first. */
  readonly rowByRow: readonly UnreducedUnits[];
}

export const NO_REDUCTION: ReductionReport = { units: 0, rows: 0, rowByRow: [] };

/** With more reasons the rarest are left out. */
const REASONS_MAX = 20;

export function reductionReportOf({ done, unreduced }: ReducedLoad): ReductionReport {
  const byReason = new Map<string, UnreducedUnits>();
  for (const { unit, reason } of unreduced) {
    const { units, example } = byReason.get(reason) ?? { units: 0, example: uriOf(unit.object) };
    byReason.set(reason, { reason, units: units + 1, example });
  }
  const rowByRow = [...byReason.values()].toSorted((left, right) => right.units - left.units).slice(0, REASONS_MAX);
  return { units: done.length, rows: done.reduce((sum, { rows }) => sum + rows, 0), rowByRow };
}

/** `11 units with 3000000 rows; row by row 1 unit: … (s3://b/a.parquet)`; empty where there is nothing to tell. */
export function reductionText({ units, rows, rowByRow }: ReductionReport): string {
  const reduced = units === 0 ? [] : [`${units} units with ${rows} rows`];
  const others = rowByRow.map(
    ({ units: count, reason, example }) => `row by row ${count} units: ${reason} (${example})`,
  );
  return [...reduced, ...others].join("; ");
}

/**
 * Gives each object the counts of its reduced units. Rows that lost to others were counted by their keys, so an
 * object has them when all of its rows are written.
 */
export function tallyReduced({ done, byObject }: ReducedLoad, tally: ObjectTally): void {
  const rows = new Map<number, { readonly uri: string; units: number; rows: number }>();
  for (const unit of done) {
    const known = rows.get(unit.objectNumber) ?? { uri: uriOf(unit.unit.object), units: 0, rows: 0 };
    rows.set(unit.objectNumber, { uri: known.uri, units: known.units + 1, rows: known.rows + unit.rows });
  }
  for (const [number, object] of rows) {
    const counts: ReceiptCounts = { ...noReceipts(), ...byObject?.get(number) };
    if (byObject !== null) counts.superseded += object.rows - consumedOf(counts);
    for (let unit = 0; unit < object.units; unit += 1) tally.done(object.uri, unit === 0 ? counts : noReceipts());
  }
}
