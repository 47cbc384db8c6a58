/**
 * Reads the pages of the benches, and compares two of them by the ratio of each
 * figure to that of the first approach beside it. Times depend on the machine
 * and on its other work, ratios much less.
 *
 * A table's columns of text name a row, those of numbers are figures. Rows that
 * differ in the last name alone are approaches to the same work; the first of
 * them is what the others are measured by. Of figures per second more is
 * better, of all others less.
 */
export interface BenchPage {
  /** The bench that made the page: a script of package.json, and its arguments. */
  readonly task: string;
  readonly args: readonly string[];
  readonly ratios: readonly Ratio[];
}

export interface Ratio {
  /** The names of the row. */
  readonly row: string;
  readonly figure: string;
  readonly ratio: number;
  /** The ratio of the smallest difference that the page shows. */
  readonly step: number;
}

export interface Regression extends Pick<Ratio, "row" | "figure"> {
  readonly kept: number;
  /** Null where the page has no such figure any more. */
  readonly now: number | null;
}

interface Table {
  readonly head: readonly string[];
  /** The number of columns that name a row. */
  readonly names: number;
  readonly rows: readonly (readonly string[])[];
}

const MADE_BY = /Made by `npm run (bench[\w-]*)(?: -- ([^`]*))?`/;
const RULE = /^:?-+:?$/;
const FIGURE = /^-?[\d,]+(?:\.(\d+))?/;
const RATIO = "ratio";
const PER_SECOND = "/s";

/** Null where the text is not the page of a bench. */
export function readBenchPage(text: string): BenchPage | null {
  const [found, task, args = ""] = MADE_BY.exec(text) ?? [];
  if (found === undefined || task === undefined) return null;
  return { task, args: args.split(" ").filter((one) => one !== ""), ratios: tablesOf(text).flatMap(ratiosOf) };
}

/** The figures whose ratio became worse by more than the tolerated share, or that are gone. */
export function regressionsOf(kept: BenchPage, now: BenchPage, tolerance: number): readonly Regression[] {
  return kept.ratios.flatMap(({ row, figure, ratio, step }): readonly Regression[] => {
    const found = now.ratios.find((one) => one.row === row && one.figure === figure);
    const isRate = figure.endsWith(PER_SECOND);
    if (found === undefined) return [{ row, figure, kept: ratio, now: null }];
    const blur = Math.max(step, found.step);
    const isWorse = isRate
      ? found.ratio + blur < ratio * (1 - tolerance)
      : found.ratio - blur > ratio * (1 + tolerance);
    return isWorse ? [{ row, figure, kept: ratio, now: found.ratio }] : [];
  });
}

function tablesOf(text: string): readonly Table[] {
  const lines = text.split("\n").map(cellsOf);
  return lines.flatMap((rule, index) => {
    const head = lines[index - 1];
    if (head === undefined || rule.length === 0 || !rule.every((cell) => RULE.test(cell))) return [];
    const after = lines.slice(index + 1);
    const end = after.findIndex((cells) => cells.length !== head.length);
    const names = rule.findIndex((cell) => cell.endsWith(":"));
    return [{ head, names: names === -1 ? head.length : names, rows: end === -1 ? after : after.slice(0, end) }];
  });
}

function cellsOf(line: string): readonly string[] {
  if (!line.startsWith("|")) return [];
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function ratiosOf({ head, names, rows }: Table): readonly Ratio[] {
  return rows.flatMap((row) => {
    const shared = row.slice(0, names - 1).join();
    const base = rows.find((one) => one.slice(0, names - 1).join() === shared) ?? row;
    if (base === row) return [];
    return head.flatMap((figure, column) => {
      if (column < names || figure === RATIO) return [];
      const [value, to] = [numberOf(row[column]), numberOf(base[column])];
      if (value === null || to === null || to.value === 0) return [];
      const name = row.slice(0, names).join(", ");
      return [{ row: name, figure, ratio: value.value / to.value, step: Math.max(value.step, to.step) / to.value }];
    });
  });
}

function numberOf(cell: string | undefined): { readonly value: number; readonly step: number } | null {
  const [found, decimals = ""] = FIGURE.exec(cell ?? "") ?? [];
  return found === undefined ? null : { value: Number(found.replaceAll(",", "")), step: 10 ** -decimals.length };
}
