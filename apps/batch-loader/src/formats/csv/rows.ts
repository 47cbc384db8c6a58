/**
 * CSV as a stream: a header row, quoted fields with delimiters and line ends in
 * them. Such a text cannot be split, because line ends may be quoted.
 * `dialect.ts` finds out how rows end and which byte stands between fields.
 *
 * All values are text, and the empty text too; the schema decides what it
 * means. A row with another number of fields than the header is bad by itself.
 * Broken quoting makes the whole object unreadable, because nobody can know
 * where the following rows begin.
 */
import { isUtf8 } from "node:buffer";
import { CsvError, parse, type Parser } from "csv-parse";
import { itemAt, messageOf } from "@trilane/write-through";
import { beginCsv, type Begun } from "./dialect.ts";
import { LoadError, unreadable } from "../../errors.ts";
import { missingColumns } from "../missing-columns.ts";
import type { BadRow, RowSlice } from "../row-slice.ts";

export interface CsvOptions {
  /** For messages. */
  readonly object: string;
  /** Columns without which no row can be a record. */
  readonly columnsNeeded: readonly string[];
  readonly recordsPerSlice: number;
  /** A slice ends with the chunk that reaches it. */
  readonly sliceBytesMax: number;
  readonly recordBytesMax: number;
}

/** @throws LoadError OBJECT_UNREADABLE, with the line */
export async function* csvRows(chunks: AsyncIterable<Uint8Array>, options: CsvOptions): AsyncGenerator<RowSlice, void> {
  const { object, columnsNeeded, recordBytesMax: headerBytesMax } = options;
  const begun = await beginCsv(chunks, { object, columnsNeeded, headerBytesMax });
  const rows = new RowBuilder(options);
  const parser = openParser(rows, begun, options);
  try {
    for await (const chunk of begun.chunks) {
      rows.isEmpty = false;
      await written(parser, options.object, (done) => parser.write(chunk, done));
      rows.check();
      while (rows.isFull) yield rows.take();
    }
    await written(parser, options.object, (done) => parser.end(done));
    rows.finish();
    while (rows.size > 0) yield rows.take();
  } finally {
    parser.destroy();
  }
}

/**
 * The parser gets bytes as characters of one byte each. So bytes that are no UTF-8 are seen before they become the
 * replacement character, and a refused row keeps its bytes.
 */
function openParser(rows: RowBuilder, { dialect, bytesBefore }: Begun, { recordBytesMax }: CsvOptions): Parser {
  const { delimiter, rowEnds } = dialect;
  let endOfRowBefore = bytesBefore;
  const parser = parse({
    encoding: "latin1",
    delimiter,
    record_delimiter: [...rowEnds],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: recordBytesMax,
    // Records are taken here and not passed on, so the parser's own queue stays empty.
    on_record: (fields: string[], { lines, bytes }: { lines: number; bytes: number }): null => {
      const end = bytesBefore + bytes;
      rows.add(fields.map(decoded), { line: lines, order: endOfRowBefore, bytes: end - endOfRowBefore });
      endOfRowBefore = end;
      return null;
    },
  });
  parser.resume();
  return parser;
}

/** The parser reports an error by event, and may then never call back. */
function written(parser: Parser, object: string, write: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(asUnreadable(object, error));
    parser.once("error", fail);
    write((error) => {
      if (error) return fail(error);
      parser.off("error", fail);
      resolve();
    });
  });
}

function asUnreadable(object: string, error: Error): LoadError {
  if (error instanceof LoadError) return error;
  if (!(error instanceof CsvError)) return unreadable(object, `it cannot be read as CSV (${messageOf(error)})`, error);
  const line: unknown = error["lines"];
  // The library's own message would contain the field.
  const problem = `broken CSV (${error.code} at line ${String(line)}); repair the quoting and load it again`;
  return unreadable(object, problem);
}

const BEYOND_ASCII = /[^\0-\x7f]/;

/** Text, or the bytes that came where they are no UTF-8. */
type Field = string | Uint8Array;

function decoded(field: string): Field {
  if (!BEYOND_ASCII.test(field)) return field;
  const bytes = Buffer.from(field, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : new Uint8Array(bytes);
}

function isText(field: Field): field is string {
  return typeof field === "string";
}

interface RowFacts {
  readonly line: number;
  /** The byte after which it begins. */
  readonly order: number;
  readonly bytes: number;
}

/** Turns rows of fields into objects, and keeps those that are not taken yet. */
class RowBuilder {
  readonly #options: CsvOptions;
  /** True while no byte has come. */
  isEmpty = true;
  #header: readonly string[] | null = null;
  #problem: LoadError | null = null;
  #inputs: Record<string, string>[] = [];
  #lines: number[] = [];
  #orders: number[] = [];
  #bad: BadRow[] = [];
  /** The bytes of text since the last slice was taken. */
  #bytes = 0;

  constructor(options: CsvOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#inputs.length + this.#bad.length;
  }

  get isFull(): boolean {
    const { recordsPerSlice, sliceBytesMax } = this.#options;
    return this.size >= recordsPerSlice || (this.size > 0 && this.#bytes >= sliceBytesMax);
  }

  add(fields: readonly Field[], { line, order, bytes }: RowFacts): void {
    this.#bytes += bytes;
    if (this.#header === null) {
      this.#header = fields.filter(isText);
      this.#problem = headerProblem(fields, this.#options);
      return;
    }
    if (this.#problem !== null) return;
    if (fields.length !== this.#header.length) return this.#refuse(fields, line, "wrong-column-count");
    if (!fields.every(isText)) return this.#refuse(fields, line, "invalid-utf8");
    const input: Record<string, string> = {};
    for (let index = 0; index < fields.length; index += 1) {
      input[this.#header[index] as string] = fields[index] as string;
    }
    this.#inputs.push(input);
    this.#lines.push(line);
    this.#orders.push(order);
  }

  /** @throws LoadError for a header that no row can satisfy */
  check(): void {
    if (this.#problem !== null) throw this.#problem;
  }

  finish(): void {
    this.check();
    if (this.#header !== null || this.isEmpty) return;
    throw unreadable(this.#options.object, "the CSV holds blank lines alone: it has no header row");
  }

  /** Takes at most as many rows as fit in a slice. */
  take(): RowSlice {
    const room = this.#options.recordsPerSlice;
    this.#bytes = 0;
    const bad = this.#bad.splice(0, room);
    const lines = this.#lines.splice(0, room - bad.length);
    const orders = this.#orders.splice(0, room - bad.length);
    const inputs = this.#inputs.splice(0, room - bad.length);
    return {
      inputs,
      positionOf: (index) => ({ row: itemAt(lines, index) }),
      orderOf: (index) => itemAt(orders, index),
      bad,
    };
  }

  #refuse(fields: readonly Field[], row: number, reason: "wrong-column-count" | "invalid-utf8"): void {
    const detail =
      reason === "wrong-column-count"
        ? `the row has ${fields.length} fields, the header has ${this.#header?.length}`
        : "the row holds bytes that are not UTF-8; convert the file";
    this.#bad.push({ place: { row }, reason, detail, input: fields });
  }
}

function headerProblem(header: readonly Field[], { object, columnsNeeded }: CsvOptions): LoadError | null {
  if (!header.every(isText)) return unreadable(object, "the header holds bytes that are not UTF-8: convert the file");
  const repeated = header.find((name, index) => header.indexOf(name) !== index);
  if (repeated !== undefined) return unreadable(object, `the header names the column "${repeated}" twice: rename one`);
  if (header.includes("__proto__")) return unreadable(object, 'the header names a column "__proto__": rename it');
  return missingColumns({ object, columnsNeeded, columns: header });
}
