/**
 * Reads a row of CSV in its bytes, without texts of its cells: whether every
 * cell is a text that its field surely takes, and where the cells lie. A row
 * with quotes, with bytes beyond ASCII or with another number of cells than its
 * header is left to the parser.
 */
import type { FieldSpans } from "./scanned-keys.ts";

/** The texts that a field surely takes. */
export type CellNeed = "text" | "integer" | "decimal" | "counter";

export interface CellColumns {
  /** By column; null for one that is no field's. */
  readonly needs: readonly (CellNeed | null)[];
  /** By column, the position of its field among the spans. */
  readonly fields: readonly number[];
  /** The number of fields. */
  readonly fieldCount: number;
  /** One byte of ASCII. */
  readonly delimiter: number;
}

const [QUOTE, CARRIAGE_RETURN, ASCII_MAX] = [34, 13, 0x7f];
const [ZERO, NINE, MINUS, PLUS, DOT] = [48, 57, 45, 43, 46];
/** A double tells every number of so many digits. */
const DIGITS_MAX = 15;
const NO_BYTES = new Uint8Array();

export class CellScan implements FieldSpans {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #columns: CellColumns;
  #bytes: Uint8Array = NO_BYTES;

  constructor(columns: CellColumns) {
    this.starts = new Int32Array(columns.fieldCount);
    this.ends = new Int32Array(columns.fieldCount);
    this.#columns = columns;
  }

  /** The bytes that were read last; none after {@link letGo}. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Holds the bytes no longer. */
  letGo(): void {
    this.#bytes = NO_BYTES;
  }

  /** True where the bytes, without the row's end, are a row whose fields are all taken. */
  reads(bytes: Uint8Array, from: number, end: number): boolean {
    const { needs, fields, delimiter } = this.#columns;
    let start = from;
    for (let column = 0; column < needs.length; column += 1) {
      let at = start;
      for (; at < end; at += 1) {
        const byte = bytes[at] as number;
        if (byte === delimiter) break;
        if (byte === QUOTE || byte === CARRIAGE_RETURN || byte > ASCII_MAX) return false;
      }
      const need = needs[column] as CellNeed | null;
      if (need !== null) {
        if (need !== "text" && !isNumber(need, bytes, start, at)) return false;
        const field = fields[column] as number;
        this.starts[field] = start;
        this.ends[field] = at;
      }
      start = at + 1;
    }
    if (start !== end + 1) return false;
    this.#bytes = bytes;
    return true;
  }
}

function isNumber(need: CellNeed, bytes: Uint8Array, from: number, end: number): boolean {
  let at = from;
  const first = from < end ? bytes[from] : undefined;
  if (need !== "counter" && (first === MINUS || first === PLUS)) at += 1;
  let digits = 0;
  let points = 0;
  for (; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (byte >= ZERO && byte <= NINE) digits += 1;
    else if (byte === DOT && need === "decimal" && points === 0) points += 1;
    else return false;
  }
  return digits > 0 && digits <= DIGITS_MAX;
}
