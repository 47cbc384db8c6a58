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
import { isAscii, isUtf8 } from "node:buffer";
import { CsvError, parse, type Parser } from "csv-parse";
import type { BytesRanks } from "@trilane/feature-groups";
import { itemAt, messageOf } from "@trilane/write-through";
import { beginCsv, type Begun } from "./dialect.ts";
import { LoadError, unreadable } from "../../errors.ts";
import { missingColumns } from "../missing-columns.ts";
import { type QuickOutcome, quickRow, withoutReturns } from "./quick-rows.ts";
import type { TextRanks } from "../format.ts";
import { RankedInputs, RankedRow } from "../row-inputs.ts";
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
  /** Ranks rows by their bytes; null: each row is read at once. */
  readonly ranks?: Pick<TextRanks, "cells"> | null;
}

/** @throws LoadError OBJECT_UNREADABLE, with the line */
export async function* csvRows(chunks: AsyncIterable<Uint8Array>, options: CsvOptions): AsyncGenerator<RowSlice, void> {
  const { object, columnsNeeded, recordBytesMax: headerBytesMax } = options;
  const begun = await beginCsv(chunks, { object, columnsNeeded, headerBytesMax });
  const rows = new RowBuilder(options, begun.dialect.delimiter);
  const reader = new RowReader(rows, begun, options);
  try {
    for await (const chunk of begun.chunks) {
      rows.isEmpty = false;
      await reader.read(chunk);
      rows.check();
      while (rows.isFull) yield rows.take();
    }
    await reader.end();
    rows.finish();
    while (rows.size > 0) yield rows.take();
  } finally {
    reader.close();
  }
}

/** A row that is open after so many bytes is left to the library, which reads each byte once. */
const OPEN_BYTES_MAX = 1_048_576;
const NOTHING = Buffer.alloc(0);

/** Reads rows quickly as long as they are well-formed; from the first other one on, the library reads them. */
class RowReader {
  readonly #rows: RowBuilder;
  readonly #begun: Begun;
  readonly #options: CsvOptions;
  #parser: Parser | null = null;
  /** The beginning of a row whose end has not come yet. */
  #open: Buffer = NOTHING;
  /** The position behind the row before, blank ones included, and behind the last one that was none. */
  #offset: number;
  #endOfRowBefore: number;
  /** The lines before the next row. */
  #lines = 0;

  constructor(rows: RowBuilder, begun: Begun, options: CsvOptions) {
    this.#rows = rows;
    this.#begun = begun;
    this.#options = options;
    this.#offset = begun.bytesBefore;
    this.#endOfRowBefore = begun.bytesBefore;
    // A carriage return that ends rows is rare, and the library knows it.
    if (begun.dialect.rowEnds.includes("\r")) this.#parser = this.#openParser();
  }

  async read(chunk: Uint8Array): Promise<void> {
    if (this.#parser !== null) return this.#write(this.#parser, chunk);
    const bytes = this.#open.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : null;
    const isDone = this.#readQuickly(bytes ?? Buffer.concat([this.#open, chunk]));
    if (!isDone || this.#open.length > OPEN_BYTES_MAX) await this.#leaveToLibrary();
  }

  /** The last row may have no end. */
  async end(): Promise<void> {
    const parser = this.#parser ?? (await this.#leaveToLibrary());
    await written(parser, this.#fault, (done) => parser.end(done));
  }

  close(): void {
    this.#parser?.destroy();
  }

  /** False where the next row is not well-formed. */
  #readQuickly(bytes: Buffer): boolean {
    const { delimiter } = this.#begun.dialect;
    const text = bytes.toString("latin1");
    const isPlain = isAscii(bytes);
    let at = 0;
    let outcome: QuickOutcome = "open";
    for (;;) {
      at = this.#rankRows(bytes, text, at);
      outcome = quickRow(text, at, delimiter);
      if (typeof outcome !== "object") break;
      const { fields, end, breaks } = outcome;
      if (end - at > this.#options.recordBytesMax) break;
      this.#lines += breaks + 1;
      this.#offset += end - at;
      at = end;
      if (fields.length > 0) this.#rows.add(isPlain ? fields : fields.map(decoded), this.#factsOfRow());
    }
    // A copy, since the chunk may be larger.
    this.#open = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at));
    return outcome === "open";
  }

  /** Takes the rows that are ranked, up to the first one that must be read. Gives the position of that one. */
  #rankRows(bytes: Buffer, text: string, start: number): number {
    const { ranks } = this.#rows;
    let at = start;
    while (ranks !== null) {
      const newline = text.indexOf("\n", at);
      if (newline === -1 || newline + 1 - at > this.#options.recordBytesMax) return at;
      const stop = withoutReturns(text, at, newline);
      const rank = stop === at ? null : ranks.rankAt(bytes, at, stop);
      if (rank === null) return at;
      this.#lines += 1;
      this.#offset += newline + 1 - at;
      this.#rows.addRanked(new RankedRow(rank, bytes, at, stop), this.#factsOfRow());
      at = newline + 1;
    }
    return at;
  }

  /** Of the row that ends here. */
  #factsOfRow(): RowFacts {
    const order = this.#endOfRowBefore;
    this.#endOfRowBefore = this.#offset;
    return { line: this.#lines, order, bytes: this.#offset - order };
  }

  async #leaveToLibrary(): Promise<Parser> {
    this.#parser = this.#openParser();
    if (this.#open.length > 0) await this.#write(this.#parser, this.#open);
    this.#open = NOTHING;
    return this.#parser;
  }

  #write(parser: Parser, chunk: Uint8Array): Promise<void> {
    return written(parser, this.#fault, (done) => parser.write(chunk, done));
  }

  /**
   * The parser gets bytes as characters of one byte each. So bytes that are no UTF-8 are seen before they become the
   * replacement character, and a refused row keeps its bytes.
   */
  #openParser(): Parser {
    const { delimiter, rowEnds } = this.#begun.dialect;
    const [offset, linesBefore] = [this.#offset, this.#lines];
    const parser = parse({
      encoding: "latin1",
      delimiter,
      record_delimiter: [...rowEnds],
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: this.#options.recordBytesMax,
      // Records are taken here and not passed on, so the parser's own queue stays empty.
      on_record: (fields: string[], { lines, bytes }: { lines: number; bytes: number }): null => {
        const [order, end] = [this.#endOfRowBefore, offset + bytes];
        this.#rows.add(fields.map(decoded), { line: linesBefore + lines, order, bytes: end - order });
        this.#endOfRowBefore = end;
        return null;
      },
    });
    parser.resume();
    return parser;
  }

  readonly #fault = (error: Error): LoadError => {
    const { object } = this.#options;
    if (error instanceof LoadError) return error;
    if (!(error instanceof CsvError))
      return unreadable(object, `it cannot be read as CSV (${messageOf(error)})`, error);
    const line = this.#lines + Number(error["lines"]);
    // The library's own message would contain the field.
    const problem = `broken CSV (${error.code} at line ${line}); repair the quoting and load it again`;
    return unreadable(object, problem);
  };
}

/** The parser reports an error by event, and may then never call back. */
function written(
  parser: Parser,
  asUnreadable: (error: Error) => LoadError,
  write: (done: (error?: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(asUnreadable(error));
    parser.once("error", fail);
    write((error) => {
      if (error) return fail(error);
      parser.off("error", fail);
      resolve();
    });
  });
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
  readonly #delimiter: string;
  /** True while no byte has come. */
  isEmpty = true;
  /** Ranks the rows below the header; null where none is ranked. */
  ranks: BytesRanks | null = null;
  #header: readonly string[] | null = null;
  #problem: LoadError | null = null;
  #inputs: (Record<string, string> | RankedRow)[] = [];
  #lines: number[] = [];
  #orders: number[] = [];
  #bad: BadRow[] = [];
  /** The bytes of text since the last slice was taken. */
  #bytes = 0;

  constructor(options: CsvOptions, delimiter: string) {
    this.#options = options;
    this.#delimiter = delimiter;
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
      if (this.#problem === null) this.ranks = this.#options.ranks?.cells(this.#header, this.#delimiter) ?? null;
      return;
    }
    if (this.#problem !== null) return;
    if (fields.length !== this.#header.length) return this.#refuse(fields, line, "wrong-column-count");
    if (!areTexts(fields)) return this.#refuse(fields, line, "invalid-utf8");
    this.#keep(rowOf(this.#header, fields), { line, order });
  }

  addRanked(row: RankedRow, { line, order, bytes }: RowFacts): void {
    this.#bytes += bytes;
    this.#keep(row, { line, order });
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
    const [header, delimiter] = [this.#header ?? [], this.#delimiter];
    return {
      inputs: new RankedInputs(inputs, (text) => rowOf(header, text.split(delimiter))),
      positionOf: (index) => ({ row: itemAt(lines, index) }),
      orderOf: (index) => itemAt(orders, index),
      bad,
    };
  }

  #keep(input: Record<string, string> | RankedRow, { line, order }: Pick<RowFacts, "line" | "order">): void {
    this.#inputs.push(input);
    this.#lines.push(line);
    this.#orders.push(order);
  }

  #refuse(fields: readonly Field[], row: number, reason: "wrong-column-count" | "invalid-utf8"): void {
    const detail =
      reason === "wrong-column-count"
        ? `the row has ${fields.length} fields, the header has ${this.#header?.length}`
        : "the row holds bytes that are not UTF-8; convert the file";
    this.#bad.push({ place: { row }, reason, detail, input: fields });
  }
}

/** As many fields as the header has. */
function rowOf(header: readonly string[], fields: readonly string[]): Record<string, string> {
  const row: Record<string, string> = {};
  for (let index = 0; index < fields.length; index += 1) row[header[index] as string] = fields[index] as string;
  return row;
}

function areTexts(fields: readonly Field[]): fields is readonly string[] {
  for (let index = 0; index < fields.length; index += 1) if (!isText(fields[index] as Field)) return false;
  return true;
}

function headerProblem(header: readonly Field[], { object, columnsNeeded }: CsvOptions): LoadError | null {
  if (!header.every(isText)) return unreadable(object, "the header holds bytes that are not UTF-8: convert the file");
  const repeated = header.find((name, index) => header.indexOf(name) !== index);
  if (repeated !== undefined) return unreadable(object, `the header names the column "${repeated}" twice: rename one`);
  if (header.includes("__proto__")) return unreadable(object, 'the header names a column "__proto__": rename it');
  return missingColumns({ object, columnsNeeded, columns: header });
}
