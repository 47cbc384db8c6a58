/** Writes a generated CSV as bytes, and notes where each of its rows begins. */
import { type CsvCase, type CsvCell, type CsvRow, DELIMITERS } from "./csv-case.ts";

export interface CsvText {
  readonly bytes: Buffer;
  /** By row, after the header: the byte at which it begins. */
  readonly starts: readonly number[];
  /** By row: whether nothing of it is written, which makes it a blank line. */
  readonly blank: readonly boolean[];
}

const BYTE_ORDER_MARK = Buffer.from("\ufeff");
/** 0xFF is in no UTF-8. */
export const DAMAGE = 0xff;
const QUOTE = '"';

export function csvText(one: CsvCase): CsvText {
  const text = soundText(withFlawedHeader(one));
  switch (one.flaw) {
    case "quote within a field":
      return { ...text, bytes: Buffer.concat([text.bytes, Buffer.from('\nx"y')]) };
    case "text behind a closing quote":
      return { ...text, bytes: Buffer.concat([text.bytes, Buffer.from('\n"x"y')]) };
    case "UTF-16":
      return { ...text, bytes: Buffer.from(`\ufeff${text.bytes.toString("utf8")}`, "utf16le") };
    default:
      return text;
  }
}

function withFlawedHeader(one: CsvCase): CsvCase {
  const [first, ...others] = one.header.cells;
  if (first === undefined) return one;
  const headed = (cells: readonly CsvCell[]): CsvCase => ({ ...one, header: { ...one.header, cells } });
  if (one.flaw === "damaged header") return headed([{ ...first, isDamaged: true }, ...others]);
  return one.flaw === "column twice" ? headed([first, ...others, first]) : one;
}

function soundText({ delimiter, hasByteOrderMark, header, rows, isCut }: CsvCase): CsvText {
  const parts: Buffer[] = hasByteOrderMark ? [BYTE_ORDER_MARK] : [];
  const starts: number[] = [];
  const blank: boolean[] = [];
  let bytes = parts[0]?.length ?? 0;
  const push = (part: Buffer): void => {
    parts.push(part);
    bytes += part.length;
  };
  for (const [index, row] of [header, ...rows].entries()) {
    push(Buffer.from(row.blanksBefore.join("")));
    const written = rowBytes(row, delimiter);
    if (index > 0) {
      starts.push(bytes);
      blank.push(written.length === 0);
    }
    push(written);
    if (!isCut || index === 0 || index < rows.length) push(Buffer.from(row.end));
  }
  return { bytes: Buffer.concat(parts), starts, blank };
}

function rowBytes({ cells }: CsvRow, delimiter: string): Buffer {
  return Buffer.concat(
    cells.flatMap((cell, index) => [Buffer.from(index === 0 ? "" : delimiter), cellBytes(cell, delimiter)]),
  );
}

/** A name with any delimiter in it is quoted; otherwise it would be unclear which delimiter cuts the text. */
function cellBytes({ text, isQuoted, isDamaged }: CsvCell, delimiter: string): Buffer {
  const damage = isDamaged ? Buffer.from([DAMAGE]) : Buffer.alloc(0);
  const special = [QUOTE, "\n", "\r", delimiter, ...DELIMITERS];
  if (!isQuoted && !special.some((mark) => text.includes(mark))) return Buffer.concat([Buffer.from(text), damage]);
  const quoted = text.replaceAll(QUOTE, QUOTE + QUOTE);
  return Buffer.concat([Buffer.from(QUOTE + quoted), damage, Buffer.from(QUOTE)]);
}
