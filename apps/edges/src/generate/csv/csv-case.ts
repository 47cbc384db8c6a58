/**
 * CSV in the forms that different programs write: the delimiter, the ends of
 * rows, the quoted fields, and rows that do not fit the header.
 */
import fc from "fast-check";
import { type Gzipping, gzippings } from "../gzip-members.ts";

export interface CsvCell {
  readonly text: string;
  /** Whether it is quoted although it need not be. */
  readonly isQuoted: boolean;
  /** Whether bytes that are no UTF-8 stand after its text. */
  readonly isDamaged: boolean;
}

export interface CsvRow {
  readonly cells: readonly CsvCell[];
  readonly end: string;
  /** The ends of the blank lines before the row. */
  readonly blanksBefore: readonly string[];
}

/** The reason why the whole object must be refused. */
export type CsvFlaw = (typeof FLAWS)[number];

export interface CsvCase {
  readonly flaw: CsvFlaw | null;
  readonly delimiter: string;
  readonly hasByteOrderMark: boolean;
  readonly header: CsvRow;
  readonly rows: readonly CsvRow[];
  readonly columnsNeeded: readonly string[];
  /** The last row has no end; a header always has one. */
  readonly isCut: boolean;
  readonly gzipping: Gzipping | null;
  readonly chunkBytes: number;
  readonly recordsPerSlice: number;
}

export const DELIMITERS = [",", ";", "\t", "|"] as const;
const FLAWS = [
  "quote within a field",
  "text behind a closing quote",
  "damaged header",
  "column twice",
  "missing column",
  "UTF-16",
] as const;
const NEWLINE_ENDS = ["\n", "\r\n", "\r\r\n"] as const;
const COLUMNS_MAX = 4;
const ROWS_MAX = 6;
const LONG_CELL_CHARACTERS = 3_000;

/** Names begin with a letter, so that no header looks like a file of another kind. */
const names = fc
  .tuple(fc.constantFrom("a", "b", "c", "key", "Größe"), fc.constantFrom("", "1", " ", "_id", ",", ";", '"', "\n"))
  .map(([start, end]) => start + end);

const units = fc.constantFrom(
  "a",
  "Z",
  "0",
  "-",
  ".",
  " ",
  "  ",
  "é",
  "🙂",
  "\u00a0",
  "\u2028",
  "\ufeff",
  "\u0000",
  "'",
  "\\",
  "#",
  "=",
  "NULL",
  "NaN",
  ...DELIMITERS,
  '"',
  '""',
  "\n",
  "\r",
  "\r\n",
);
const texts = fc.oneof(
  { weight: 6, arbitrary: fc.array(units, { maxLength: 5 }).map((parts) => parts.join("")) },
  { weight: 1, arbitrary: fc.constantFrom("", " ", "\ufffd") },
  { weight: 1, arbitrary: units.map((unit) => unit.repeat(LONG_CELL_CHARACTERS)) },
);
const cells: fc.Arbitrary<CsvCell> = fc.record({
  text: texts,
  isQuoted: fc.boolean(),
  isDamaged: fc.integer({ min: 0, max: 40 }).map((n) => n === 40),
});

type Ends = readonly [string, ...string[]];

/**
 * The possible ends of the rows of one text; only a text whose first row ends with a carriage return alone has such
 * ends.
 */
const ENDINGS: readonly Ends[] = [["\n"], ["\r\n"], ["\r\r\n"], NEWLINE_ENDS, ["\r"]];

function rowsOf(columns: number, ends: Ends): fc.Arbitrary<readonly CsvRow[]> {
  const end = fc.constantFrom(...ends);
  const counts = fc.oneof(
    { weight: 8, arbitrary: fc.constant(columns) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: COLUMNS_MAX + 1 }) },
  );
  const row = counts.chain((count) =>
    fc.record({
      cells: fc.array(cells, { minLength: count, maxLength: count }),
      end,
      blanksBefore: fc.array(end, { maxLength: 1 }),
    }),
  );
  return fc.array(row, { maxLength: ROWS_MAX });
}

export const csvCases: fc.Arbitrary<CsvCase> = fc
  .tuple(fc.uniqueArray(names, { minLength: 1, maxLength: COLUMNS_MAX }), fc.constantFrom(...ENDINGS))
  .chain(([columns, ends]) => {
    const end = fc.constantFrom(...ends);
    return fc.record({
      flaw: fc.option(fc.constantFrom(...FLAWS), { freq: 12, nil: null }),
      // A single column shows no delimiter, so it is read with commas.
      delimiter: fc.constantFrom(...(columns.length === 1 ? ([","] as const) : DELIMITERS)),
      hasByteOrderMark: fc.boolean(),
      header: fc.record({
        cells: fc
          .tuple(...columns.map((text) => fc.record({ text: fc.constant(text), isQuoted: fc.boolean() })))
          .map((named) => named.map((cell) => ({ ...cell, isDamaged: false }))),
        end,
        blanksBefore: fc.array(end, { maxLength: 1 }),
      }),
      rows: rowsOf(columns.length, ends),
      columnsNeeded: fc.subarray([...columns], { minLength: 1 }),
      isCut: fc.boolean(),
      gzipping: gzippings,
      chunkBytes: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(65_536)),
      recordsPerSlice: fc.integer({ min: 1, max: 5 }),
    });
  });
