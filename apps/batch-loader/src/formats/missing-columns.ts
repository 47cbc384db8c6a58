/** The refusal of an object of which no row can be a record. */
import { type LoadError, unreadable } from "../errors.ts";

const COLUMNS_SHOWN_MAX = 50;

/** Null where all needed columns are there. */
export function missingColumns(options: {
  /** For the message. */
  readonly object: string;
  readonly columnsNeeded: readonly string[];
  readonly columns: readonly string[];
}): LoadError | null {
  const { object, columnsNeeded, columns } = options;
  const missing = columnsNeeded.filter((name) => !columns.includes(name));
  if (missing.length === 0) return null;
  const there = namesText(columns.slice(0, COLUMNS_SHOWN_MAX));
  return unreadable(object, `the group needs the column ${namesText(missing)}; there are ${there}`);
}

function namesText(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(", ");
}
