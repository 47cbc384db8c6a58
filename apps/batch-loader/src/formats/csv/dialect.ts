/**
 * Finds out from its beginning how a CSV is written: whether a byte order mark
 * comes first, which byte stands between fields, and whether a carriage return
 * alone ends a row.
 *
 * `\n`, `\r\n` and `\r\r\n` (text that was converted twice) end a row anywhere
 * outside of quotes, however the first row ends. A carriage return alone ends a
 * row only in a text whose first row ends in one; anywhere else it is part of
 * its field. The delimiter is the comma, unless the header has all needed
 * columns only when it is read with another one.
 */
import { parse } from "csv-parse/sync";
import { unreadable } from "../../errors.ts";

export interface CsvDialect {
  readonly delimiter: string;
  /** The longest comes first, because the first that fits is taken. */
  readonly rowEnds: readonly string[];
}

export interface DialectOptions {
  /** For messages. */
  readonly object: string;
  /** Columns without which no row can be a record. */
  readonly columnsNeeded: readonly string[];
  /** How many bytes to search for the end of the header. */
  readonly headerBytesMax: number;
}

export interface Begun {
  readonly dialect: CsvDialect;
  /** The length of the byte order mark. */
  readonly bytesBefore: number;
  /** The same bytes after the byte order mark. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

const COMMA = ",";
const OTHER_DELIMITERS = [";", "\t", "|"] as const;
const ROW_ENDS = ["\r\r\n", "\r\n", "\n"] as const;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const BYTE_ORDER_MARK: Buffer = Buffer.from("\ufeff");
/** The bytes of `\r\r\n` after its first one. */
const ROW_END_TAIL_BYTES = 2;

/** Reads no further than the end of the header. @throws LoadError OBJECT_UNREADABLE for UTF-16 */
export async function beginCsv(source: AsyncIterable<Uint8Array>, options: DialectOptions): Promise<Begun> {
  const iterator = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let header = headerOf(head, false);
  while (header.end === null && head.length <= options.headerBytesMax) {
    const { done, value } = await iterator.next();
    if (done === true) {
      header = headerOf(head, true);
      break;
    }
    head = Buffer.concat([head, value]);
    header = headerOf(head, false);
  }
  const problem = utf16Problem(head);
  if (problem !== null) throw unreadable(options.object, problem);
  const rowEnds = header.end === "carriage-return" ? [...ROW_ENDS, "\r"] : ROW_ENDS;
  const bytesBefore = markBytes(head);
  const chunks = continued(head.subarray(bytesBefore), iterator);
  return { dialect: { delimiter: delimiterOf(header.text, options), rowEnds }, bytesBefore, chunks };
}

/** Half of its bytes are zeros, and no text in UTF-8 begins so. */
function utf16Problem(head: Buffer): string | null {
  const [first, second] = head;
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const isPadded = head.length > 1 && (first === 0) !== (second === 0);
  return isMarked || isPadded ? "the text is UTF-16: convert it to UTF-8" : null;
}

function markBytes(head: Buffer): number {
  return head.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0;
}

interface Header {
  readonly text: string;
  /** The end of its row; null where it is not known yet. */
  readonly end: "newline" | "carriage-return" | null;
}

/** The first row that is not blank; a row of a byte order mark alone is blank. `isWhole`: no bytes follow. */
function headerOf(head: Buffer, isWhole: boolean): Header {
  let from = markBytes(head);
  let isQuoted = false;
  for (let at = from; at < head.length; at += 1) {
    const byte = head[at];
    if (byte === QUOTE) isQuoted = !isQuoted;
    if (isQuoted || (byte !== NEWLINE && byte !== CARRIAGE_RETURN)) continue;
    const isBlank = from === at;
    from = isBlank ? at + 1 : from;
    if (isBlank) continue;
    const text = head.toString("utf8", from, at);
    if (byte === NEWLINE) return { text, end: "newline" };
    if (!isWhole && at + ROW_END_TAIL_BYTES >= head.length) return { text, end: null };
    const isPart = head[at + 1] === NEWLINE || (head[at + 1] === CARRIAGE_RETURN && head[at + 2] === NEWLINE);
    return { text, end: isPart ? "newline" : "carriage-return" };
  }
  return { text: head.toString("utf8", from), end: null };
}

function delimiterOf(header: string, { columnsNeeded }: DialectOptions): string {
  const fits = (delimiter: string): boolean => {
    const columns = columnsOf(header, delimiter);
    return columnsNeeded.every((name) => columns.includes(name));
  };
  if (columnsNeeded.length === 0 || fits(COMMA)) return COMMA;
  return OTHER_DELIMITERS.find((delimiter) => columnsOf(header, delimiter).length > 1 && fits(delimiter)) ?? COMMA;
}

/** An empty list where the row cannot be read so; the reader of the rows reports the fault. */
function columnsOf(row: string, delimiter: string): readonly string[] {
  try {
    const [columns = []] = parse(row, { delimiter });
    return columns;
  } catch {
    return [];
  }
}

async function* continued(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
