/**
 * NDJSON: one JSON value per line, `\n` or `\r\n`, the last line with or
 * without an end. Blank lines are passed over. Lines are cut as bytes, so a
 * character of several bytes is never split between two chunks.
 *
 * Numbers that a double does not hold stay exact (`parseExactJson`).
 */
import { isAscii, isUtf8 } from "node:buffer";
import { isPlainJson, parseExactJson } from "@trilane/feature-groups";
import { itemAt, messageOf } from "@trilane/write-through";
import { unreadable } from "../../errors.ts";
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
  #at = 0;
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
    const text = isFirst ? withoutBom(line, this.#options.object) : line;
    this.#read(isUtf8(text) ? text.toString("utf8") : null, text, false);
    this.#next(whole.length + 1, text.length);
  }

  /** Begins with lines, each of which ends with a newline. */
  begin(bytes: Buffer): void {
    const isOneByte = isAscii(bytes);
    const text = isOneByte ? bytes.toString("latin1") : isUtf8(bytes) ? bytes.toString("utf8") : null;
    this.#lines = { bytes, text, isOneByte, isPlain: text !== null && isPlainJson(text) };
    this.#at = 0;
  }

  /** Reads on until a slice is full: true; or all lines are read: false. */
  readOn(): boolean {
    const { bytes, text, isOneByte, isPlain } = this.#lines;
    while (this.#at < (text ?? bytes).length) {
      if (text === null) {
        const end = bytes.indexOf(NEWLINE, this.#at);
        this.addLine(bytes.subarray(this.#at, end));
        this.#at = end + 1;
      } else {
        const end = text.indexOf("\n", this.#at);
        const hasReturn = end > this.#at && text.codePointAt(end - 1) === CARRIAGE_RETURN;
        const line = text.slice(this.#at, hasReturn ? end - 1 : end);
        const length = isOneByte ? line.length : Buffer.byteLength(line);
        this.#read(line, null, isPlain);
        this.#next(length + (hasReturn ? 2 : 1), length);
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
      inputs,
      positionOf: (index) => positionOf(startByte, itemAt(rows, index), itemAt(orders, index)),
      orderOf: (index) => itemAt(orders, index),
      bad,
    };
  }

  /** `text` is null for a line that is no UTF-8. */
  #read(text: string | null, line: Buffer | null, isPlain: boolean): void {
    const order = (this.#options.startByte ?? 0) + this.offset;
    const place = (): RowPosition => positionOf(this.#options.startByte, this.#row + 1, order);
    if (text === null) {
      const detail = "the line is not UTF-8; convert the file";
      this.#bad.push({ place: place(), reason: "invalid-utf8", detail, input: new Uint8Array(line ?? []) });
      return;
    }
    if (JSON_BLANK.test(text)) return;
    try {
      this.#inputs.push(isPlain ? JSON.parse(text) : parseExactJson(text));
      this.#rows.push(this.#row + 1);
      this.#orders.push(order);
    } catch (error) {
      // A copy, since the line is a part of a larger text, which would stay with it.
      const input = Buffer.from(text).toString();
      this.#bad.push({ place: place(), reason: "invalid-json", detail: messageOf(error), input });
    }
  }

  #next(bytesInStream: number, bytes: number): void {
    this.offset += bytesInStream;
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
  /** True where `JSON.parse` alone reads them exactly. */
  readonly isPlain: boolean;
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
