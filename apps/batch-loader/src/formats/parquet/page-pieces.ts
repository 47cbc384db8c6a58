/**
 * Decodes a page some values at a time. DuckDB writes a whole row group as one
 * page where a dictionary makes it small: millions of values of some bytes,
 * which would all be held, and block the process while they are made.
 *
 * Only the values of columns without lists are cut: a row of a list may go on
 * in the next page. Encodings that are rare in large pages are decoded by the
 * library as a whole.
 */
import type { DecodedArray, PageHeader } from "hyparquet";
import { assembleLists } from "hyparquet/src/assemble.js";
import type { readPage } from "hyparquet/src/column.js";
import { convertWithDictionary } from "hyparquet/src/convert.js";
import { deltaBinaryUnpack } from "hyparquet/src/delta.js";
import { readPlain } from "hyparquet/src/plain.js";
import { bitsOf, type Levels, LEVELS_LENGTH_BYTES } from "./page-runs.ts";
import { valuesOf } from "./page-header.ts";
import type { PlainPage } from "./plain-page.ts";
import { RunCursor } from "./run-cursor.ts";

type ColumnDecoder = Parameters<typeof readPage>[2];

export interface PagePiecesOptions {
  readonly levels: Levels;
  /** The position where the values begin. */
  readonly offset: number;
  readonly decoder: ColumnDecoder;
  readonly dictionary: DecodedArray | undefined;
  /** The maximum of values in a piece. */
  readonly valuesMax: number;
}

/** Gives the next values that are not null. */
type TakeValues = (count: number) => DecodedArray;

/** The pieces of a page, or null for a page that cannot be cut, or need not. @throws RangeError */
export function piecesOf(plain: PlainPage, options: PagePiecesOptions): PagePieces | null {
  const encoding = encodingOf(plain.header);
  if (encoding === null || options.levels.repetition > 0 || valuesOf(plain.header) <= options.valuesMax) return null;
  const takeValues = valuesTaker(plain, encoding, options);
  return takeValues === null ? null : new PagePieces(plain, { ...options, encoding, takeValues });
}

type Encoding = NonNullable<PageHeader["data_page_header"]>["encoding"];

export class PagePieces {
  readonly #options: PagePiecesOptions & { readonly encoding: Encoding; readonly takeValues: TakeValues };
  readonly #definitions: RunCursor | null;
  #left: number;

  constructor(
    { header, page }: PlainPage,
    options: PagePiecesOptions & { readonly encoding: Encoding; readonly takeValues: TakeValues },
  ) {
    const { definition } = options.levels;
    const offset = header.data_page_header === undefined ? 0 : LEVELS_LENGTH_BYTES;
    this.#options = options;
    this.#definitions = definition === 0 ? null : new RunCursor(page, { offset, bitWidth: bitsOf(definition) });
    this.#left = valuesOf(header);
  }

  /** The number of values that are not yet decoded. */
  get left(): number {
    return this.#left;
  }

  next(): DecodedArray {
    const { valuesMax, levels, takeValues, dictionary, encoding, decoder } = this.#options;
    const count = Math.min(valuesMax, this.#left);
    const definitions = this.#definitions?.take(count) ?? [];
    const present = this.#definitions === null ? count : countOf(definitions, levels.definition);
    const values = convertWithDictionary(takeValues(present), dictionary, encoding, decoder);
    this.#left -= count;
    return assembleLists([], present === count ? [] : definitions, [], values, decoder.schemaPath);
  }
}

function valuesTaker(
  { header, page }: PlainPage,
  encoding: Encoding,
  { levels, offset, decoder }: PagePiecesOptions,
): TakeValues | null {
  const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset };
  const { type, element } = decoder;
  switch (encoding) {
    case "PLAIN":
      return type === "BOOLEAN" ? null : (count) => readPlain(reader, type, count, element.type_length);
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY": {
      const indices = new RunCursor(page, { offset: offset + 1, bitWidth: page[offset] ?? 0 });
      return (count) => indices.take(count);
    }
    case "DELTA_BINARY_PACKED": {
      const values = new (type === "INT32" ? Int32Array : BigInt64Array)(presentIn({ header, page }, levels));
      deltaBinaryUnpack(reader, values.length, values);
      let taken = 0;
      return (count) => values.subarray(taken, (taken += count));
    }
    default:
      return null;
  }
}

/** The number of values that are not null. */
function presentIn({ header, page }: PlainPage, { definition }: Levels): number {
  const { data_page_header_v2: second } = header;
  if (second !== undefined) return second.num_values - second.num_nulls;
  const values = valuesOf(header);
  if (definition === 0) return values;
  const levels = new RunCursor(page, { offset: LEVELS_LENGTH_BYTES, bitWidth: bitsOf(definition) });
  let present = 0;
  for (let left = values; left > 0; left -= LEVELS_AT_ONCE) {
    present += countOf(levels.take(Math.min(left, LEVELS_AT_ONCE)), definition);
  }
  return present;
}

const LEVELS_AT_ONCE = 65_536;

function countOf(levels: readonly number[], highest: number): number {
  return levels.reduce((sum, level) => sum + (level === highest ? 1 : 0), 0);
}

function encodingOf({ data_page_header: first, data_page_header_v2: second }: PageHeader): Encoding | null {
  return first?.encoding ?? second?.encoding ?? null;
}
