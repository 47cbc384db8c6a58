/**
 * NDJSON: one JSON value per line, `\n` or `\r\n`, the last line with or
 * without an end. Blank lines are passed over. Lines are cut as bytes, so a
 * character of several bytes is never split between two chunks.
 *
 * Numbers that a double does not hold stay exact (`parseExactJson`).
 */
import { isAscii, isUtf8 } from "node:buffer";
import { type BytesRanks, isPlainJson, parseExactJson } from "@trilane/feature-groups";
import { itemAt, messageOf } from "@trilane/write-through";
import { unreadable } from "../../errors.ts";
import { RankedInputs, RankedRow } from "../row-inputs.ts";
import type { BadRow, RowPosition, RowSlice } from "../row-slice.ts";
import { tooLong } from "./too-long.ts";

export interface NdjsonOptions {
  /** For messages. */
  readonly object: string;
  /** The position in the object where the bytes begin; null for a decompressed stream. */
  readonly startByte: number | null;
  readonly recordsPerSlice: number;
  /** A slice ends with the line that reaches it. */
  readonly sliceBytesMax: number;
  readonly lineBytesMax: number;
  /** Ranks lines by their bytes; null: each line is read at once. */
  readonly ranks?: BytesRanks | null;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BOM = [0xef, 0xbb, 0xbf] as const;
const PART_BYTES = 131_072;
/** The white space of JSON. A line of other white space alone, such as U+00A0, is no JSON. */
const JSON_BLANK = /^[ \t\r]*$/;

/** @throws LoadError OBJECT_UNREADABLE for text that is no NDJSON as a whole */
export async function* ndjsonRows(
  chunks: AsyncIterable<Uint8Array>,
  options: NdjsonOptions,
): AsyncGenerator<RowSlice, void> {
  const rows = new RowReader(options);
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const first = bytes.indexOf(NEWLINE);
    const last = bytes.lastIndexOf(NEWLINE);
    if (first !== -1) {
      rows.addLine(rest.length === 0 ? bytes.subarray(0, first) : Buffer.concat([...rest, bytes.subarray(0, first)]));
      if (rows.isFull) yield rows.take();
      for (const part of partsOf(bytes.subarray(first + 1, last + 1))) {
        rows.begin(part);
        while (rows.readOn()) yield rows.take();
      }
      rest = [];
      restBytes = 0;
    }
    if (last + 1 === bytes.length) continue;
    rest.push(bytes.subarray(last + 1));
    restBytes += bytes.length - last - 1;
    const { object, startByte, lineBytesMax } = options;
    if (restBytes > lineBytesMax) throw tooLong(object, (startByte ?? 0) + rows.offset, lineBytesMax);
  }
  if (restBytes > 0) rows.addLine(Buffer.concat(rest));
  if (rows.size > 0) yield rows.take();
}

/** Cuts whole lines into parts that are decoded at once, so that a chunk of any size takes little memory. */
function* partsOf(lines: Buffer): Generator<Buffer, void> {
  for (let from = 0; from < lines.length;) {
    const newline = lines.indexOf(NEWLINE, from + PART_BYTES);
    const end = newline === -1 ? lines.length : newline + 1;
    yield lines.subarray(from, end);
    from = end;
  }
}

/** Reads lines, and keeps the rows that are not taken yet. */
class RowReader {
  readonly #options: NdjsonOptions;
  #inputs: unknown[] = [];
  #rows: number[] = [];
  #orders: number[] = [];
  #bad: BadRow[] = [];
  /** The bytes of the lines that are not taken yet. */
  #bytes = 0;
  #row = 0;
  #lines: Lines = NO_LINES;
  /** The next line's place in the text, and in the bytes. */
  #at = 0;
  #byteAt = 0;
  /** Bytes from the start of the stream to the next line. */
  offset = 0;

  constructor(options: NdjsonOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#inputs.length + this.#bad.length;
  }

  get isFull(): boolean {
    return this.size >= this.#options.recordsPerSlice || this.#bytes >= this.#options.sliceBytesMax;
  }

  /** One line without its newline. */
  addLine(whole: Buffer): void {
    const isFirst = this.#row === 0 && (this.#options.startByte ?? 0) === 0;
    const line = withoutReturn(whole);
    const bytes = isFirst ? withoutBom(line, this.#options.object) : line;
    if (!this.#rank(bytes, 0, bytes.length)) this.#read(isUtf8(bytes) ? bytes.toString("utf8") : null, bytes);
    this.#next(whole.length + 1);
  }

  /** Begins with lines, each of which ends with a newline. */
  begin(bytes: Buffer): void {
    const isOneByte = isAscii(bytes);
    const text = isOneByte ? bytes.toString("latin1") : isUtf8(bytes) ? bytes.toString("utf8") : null;
    this.#lines = { bytes, text, isOneByte, isPlain: null };
    this.#at = 0;
    this.#byteAt = 0;
  }

  /** Reads on until a slice is full: true; or all lines are read: false. */
  readOn(): boolean {
    const { bytes, text, isOneByte } = this.#lines;
    while (this.#at < (text ?? bytes).length) {
      if (text === null) {
        const end = bytes.indexOf(NEWLINE, this.#at);
        this.addLine(bytes.subarray(this.#at, end));
        this.#at = end + 1;
      } else {
        const end = text.indexOf("\n", this.#at);
        const hasReturn = end > this.#at && text.codePointAt(end - 1) === CARRIAGE_RETURN;
        const lineEnd = hasReturn ? end - 1 : end;
        const length = isOneByte ? lineEnd - this.#at : Buffer.byteLength(text.slice(this.#at, lineEnd));
        if (!this.#rank(bytes, this.#byteAt, this.#byteAt + length)) this.#read(text.slice(this.#at, lineEnd), null);
        this.#next(length + (hasReturn ? 2 : 1));
        this.#byteAt += length + (hasReturn ? 2 : 1);
        this.#at = end + 1;
      }
      if (this.isFull) return true;
    }
    return false;
  }

  take(): RowSlice {
    const [inputs, rows, orders, bad] = [this.#inputs, this.#rows, this.#orders, this.#bad];
    [this.#inputs, this.#rows, this.#orders, this.#bad, this.#bytes] = [[], [], [], [], 0];
    const { startByte } = this.#options;
    return {
      inputs: new RankedInputs(inputs, parseExactJson),
      positionOf: (index) => positionOf(startByte, itemAt(rows, index), itemAt(orders, index)),
      orderOf: (index) => itemAt(orders, index),
      bad,
    };
  }

  /** False for a line that must be read. */
  #rank(bytes: Buffer, from: number, end: number): boolean {
    const rank = this.#options.ranks?.rankAt(bytes, from, end) ?? null;
    if (rank !== null) this.#keep(new RankedRow(rank, bytes, from, end));
    return rank !== null;
  }

  /** `text` is null for a line that is no UTF-8; `line` for one of those that are read at once. */
  #read(text: string | null, line: Buffer | null): void {
    const order = (this.#options.startByte ?? 0) + this.offset;
    const place = (): RowPosition => positionOf(this.#options.startByte, this.#row + 1, order);
    if (text === null) {
      const detail = "the line is not UTF-8; convert the file";
      this.#bad.push({ place: place(), reason: "invalid-utf8", detail, input: new Uint8Array(line ?? []) });
      return;
    }
    if (JSON_BLANK.test(text)) return;
    try {
      this.#keep(line === null && this.#isPlain() ? JSON.parse(text) : parseExactJson(text));
    } catch (error) {
      // A copy, since the line is a part of a larger text, which would stay with it.
      const input = Buffer.from(text).toString();
      this.#bad.push({ place: place(), reason: "invalid-json", detail: messageOf(error), input });
    }
  }

  #keep(input: unknown): void {
    this.#inputs.push(input);
    this.#rows.push(this.#row + 1);
    this.#orders.push((this.#options.startByte ?? 0) + this.offset);
  }

  /** Of the lines that are read at once; only those that are not ranked need to know. */
  #isPlain(): boolean {
    const { text } = this.#lines;
    this.#lines.isPlain ??= text !== null && isPlainJson(text);
    return this.#lines.isPlain;
  }

  /** Line ends count as well: a ranked row holds all bytes that came with it. */
  #next(bytes: number): void {
    this.offset += bytes;
    this.#bytes += bytes;
    this.#row += 1;
  }
}

/** Lines that are read at once. */
interface Lines {
  readonly bytes: Buffer;
  /** Null where they are no UTF-8. */
  readonly text: string | null;
  /** True where each character is a byte. */
  readonly isOneByte: boolean;
  /** True where `JSON.parse` alone reads them exactly; null where nobody has looked. */
  isPlain: boolean | null;
}

const NO_LINES: Lines = { bytes: Buffer.alloc(0), text: "", isOneByte: true, isPlain: true };

function positionOf(startByte: number | null, row: number, byteOffset: number): RowPosition {
  return startByte === null ? { row } : { row, byteOffset };
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

function withoutBom(line: Buffer, object: string): Buffer {
  if ((line[0] === 0xff && line[1] === 0xfe) || (line[0] === 0xfe && line[1] === 0xff)) {
    throw unreadable(object, "the text is UTF-16: convert it to UTF-8");
  }
  return BOM.every((byte, index) => line[index] === byte) ? line.subarray(BOM.length) : line;
}
