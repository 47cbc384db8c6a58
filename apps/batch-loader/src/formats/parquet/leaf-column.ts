/**
 * Decodes one leaf of a Parquet column page by page, so that the memory depends
 * on the size of a page and not on the rows of a row group. The library decodes
 * the values of a page; this file decides how far to go.
 *
 * The claims of a page are checked first against the limits, then against its
 * bytes: otherwise a page of a few bytes might become gigabytes. The number of
 * decoded values must be exactly the header's, and every dictionary index must
 * exist.
 */
import type { DecodedArray, PageHeader } from "hyparquet";
import { readPage } from "hyparquet/src/column.js";
import { convert, DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";
import type { Compressors } from "hyparquet-compressors";
import { ByteWindow, type ReadRange } from "./byte-window.ts";
import type { LeafChunk } from "./footer.ts";
import { narrowFirstDelta } from "./narrow-first-delta.ts";
import { nextPage } from "./next-page.ts";
import { type PagePieces, piecesOf } from "./page-pieces.ts";
import { checkPageRuns, type Levels } from "./page-runs.ts";
import { type PageLimits, valuesOf } from "./page-header.ts";
import { parquetParsers } from "./parsers.ts";
import { plainPage } from "./plain-page.ts";

type ColumnDecoder = Parameters<typeof readPage>[2];

export interface LeafOptions {
  readonly chunk: LeafChunk;
  /** The number of rows of the row group. */
  readonly rows: number;
  readonly read: ReadRange;
  readonly windowBytes: number;
  readonly compressors: Compressors;
  readonly limits: LeafLimits;
}

export interface LeafLimits extends PageLimits {
  /** Values of one page that are decoded at once. */
  readonly parquetPieceValuesMax: number;
}

const POINTER_BYTES = 8;

export class LeafColumn {
  readonly #options: LeafOptions;
  readonly #window: ByteWindow;
  readonly #decoder: ColumnDecoder;
  readonly #levels: Levels;
  #dictionary: DecodedArray | undefined = undefined;
  #dictionaryBytes = 0;
  #pageBytes = 0;
  /** The rest of the page, where it is decoded in pieces. */
  #pieces: PagePieces | null = null;
  #rows: DecodedArray = [];
  /** How many of `#rows` are taken. */
  #taken = 0;
  #rowsSeen = 0;
  #valuesSeen = 0;
  #isEnded = false;

  constructor(options: LeafOptions) {
    const { chunk, read, windowBytes } = options;
    const { path, schemaPath, element, type } = chunk;
    this.#options = options;
    this.#window = new ByteWindow({ read, range: chunk.bytes, windowBytes });
    this.#levels = { repetition: getMaxRepetitionLevel(schemaPath), definition: getMaxDefinitionLevel(schemaPath) };
    const parsers = { ...DEFAULT_PARSERS, ...parquetParsers };
    this.#decoder = { pathInSchema: path, schemaPath, element, type, codec: "UNCOMPRESSED", parsers, utf8: false };
  }

  /** The path with points, in the library's form. */
  get name(): string {
    return this.#options.chunk.path.join(".");
  }

  /** The number of rows that can be taken. The last row of a list may continue in the next page. */
  get available(): number {
    const isOpen = this.#levels.repetition > 0 && !this.#isEnded;
    return Math.max(0, this.#rows.length - this.#taken - (isOpen ? 1 : 0));
  }

  get rowsSeen(): number {
    return this.#rowsSeen;
  }

  /** An estimate of the memory that it takes now. */
  get heldBytes(): number {
    return this.#dictionaryBytes + this.#pageBytes + this.#window.held;
  }

  /** Decodes until a row can be taken, or the column ends. @throws RangeError, and errors of the library */
  async fill(): Promise<void> {
    while (this.available === 0 && !this.#isEnded) {
      if (this.#pieces === null) await this.#nextPage();
      else this.#nextPiece(this.#pieces);
    }
  }

  take(count: number): DecodedArray {
    const end = this.#taken + count;
    const rows = Array.isArray(this.#rows) ? this.#rows.slice(this.#taken, end) : this.#rows.subarray(this.#taken, end);
    this.#taken = end;
    return rows;
  }

  async #nextPage(): Promise<void> {
    const { chunk, rows, limits } = this.#options;
    const isWhole = this.#levels.repetition === 0 ? this.#rowsSeen >= rows : this.#valuesSeen >= chunk.values;
    if (isWhole || this.#window.left <= 1) {
      this.#isEnded = true;
      return;
    }
    const { header, bytes } = await nextPage(this.#window, { start: chunk.bytes.start, limits });
    this.#decode(header, bytes);
  }

  #decode(header: PageHeader, bytes: Uint8Array<ArrayBuffer>): void {
    const { chunk, compressors, limits } = this.#options;
    if (header.type === "INDEX_PAGE") return;
    const plain = plainPage(header, bytes, { codec: chunk.codec, compressors });
    const { page } = plain;
    if (header.type === "DICTIONARY_PAGE") {
      const { data } = readPage(readerOf(page), plain.header, this.#decoder, undefined, undefined, 0);
      this.#dictionary = data === undefined ? undefined : convert(data, this.#decoder);
      this.#dictionaryBytes = page.length + valuesOf(header) * POINTER_BYTES;
      return;
    }
    const bytesMax = limits.parquetPageBytesMax;
    const offset = checkPageRuns(plain, { levels: this.#levels, type: chunk.type, bytesMax });
    if (chunk.type === "INT32") narrowFirstDelta(plain, offset);
    const pieceValuesMax = limits.parquetPieceValuesMax;
    const dictionary = this.#dictionary;
    const cut = { levels: this.#levels, offset, decoder: this.#decoder, dictionary, valuesMax: pieceValuesMax };
    this.#pieces = piecesOf(plain, cut);
    const atOnce = this.#pieces === null ? valuesOf(header) : pieceValuesMax;
    this.#pageBytes = page.length + atOnce * POINTER_BYTES;
    if (this.#pieces === null) this.#keepWhole(plain.header, page);
  }

  #nextPiece(pieces: PagePieces): void {
    this.#keep(pieces.next(), 0);
    if (pieces.left === 0) this.#pieces = null;
  }

  #keepWhole(header: PageHeader, page: Uint8Array): void {
    const values = valuesOf(header);
    if (values === 0) return;
    const isRepeated = this.#levels.repetition > 0;
    const open = isRepeated ? Array.from<unknown>(this.#rows).slice(this.#taken) : [];
    const openRows = open.length;
    const { data = [] } = readPage(readerOf(page), header, this.#decoder, this.#dictionary, open, 0);
    if (!isRepeated && data.length !== values) {
      throw new RangeError(`a page holds ${data.length} values, its header says ${values}`);
    }
    this.#valuesSeen += values;
    this.#keep(data, openRows);
  }

  /** `openRows` of them were there before. */
  #keep(data: DecodedArray, openRows: number): void {
    if (hasUndefined(data)) throw new RangeError("a value is missing: an index points behind the dictionary");
    this.#rows = data;
    this.#taken = 0;
    this.#rowsSeen += data.length - openRows;
  }
}

function readerOf(page: Uint8Array): { view: DataView<ArrayBuffer>; offset: number } {
  return { view: new DataView(page.buffer as ArrayBuffer, page.byteOffset, page.byteLength), offset: 0 };
}

/** Null is a value; undefined is the dictionary's result for an index that it does not have. */
function hasUndefined(values: DecodedArray): boolean {
  if (!Array.isArray(values)) return false;
  for (const value of values as readonly unknown[]) {
    if (value === undefined || (Array.isArray(value) && hasUndefined(value))) return true;
  }
  return false;
}
