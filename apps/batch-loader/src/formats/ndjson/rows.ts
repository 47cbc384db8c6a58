/**
 * NDJSON: one JSON value per line, `\n` or `\r\n`, the last line with or
 * without an end. Blank lines are passed over. Lines are cut as bytes, so a
 * character of several bytes is never split between two chunks.
 *
 * Numbers that a double does not hold stay exact (`parseExactJson`).
 */
import { isUtf8 } from "node:buffer";
import { parseExactJson } from "@trilane/feature-groups";
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
/** The white space of JSON. A line of other white space alone, such as U+00A0, is no JSON. */
const JSON_BLANK = /^[ \t\r]*$/;

/** @throws LoadError OBJECT_UNREADABLE for text that is no NDJSON as a whole */
export async function* ndjsonRows(
  chunks: AsyncIterable<Uint8Array>,
  options: NdjsonOptions,
): AsyncGenerator<RowSlice, void> {
  let slice = new SliceBuilder();
  let row = 0;
  for await (const { line, offset } of lines(chunks, options)) {
    row += 1;
    const text = row === 1 && (options.startByte ?? 0) === 0 ? withoutBom(line, options.object) : line;
    const byteOffset = (options.startByte ?? 0) + offset;
    slice.add(text, { position: options.startByte === null ? { row } : { row, byteOffset }, order: byteOffset });
    if (slice.size < options.recordsPerSlice && slice.bytes < options.sliceBytesMax) continue;
    yield slice.finish();
    slice = new SliceBuilder();
  }
  if (slice.size > 0) yield slice.finish();
}

class SliceBuilder {
  readonly #inputs: unknown[] = [];
  readonly #positions: RowPosition[] = [];
  readonly #orders: number[] = [];
  readonly #bad: BadRow[] = [];

  get size(): number {
    return this.#inputs.length + this.#bad.length;
  }

  /** The bytes of the lines. */
  bytes = 0;

  add(line: Buffer, { position, order }: { readonly position: RowPosition; readonly order: number }): void {
    this.bytes += line.length;
    const text = line.toString("utf8");
    if (JSON_BLANK.test(text)) return;
    if (text.includes("\ufffd") && !isUtf8(line)) {
      const detail = "the line is not UTF-8; convert the file";
      this.#bad.push({ place: position, reason: "invalid-utf8", detail, input: new Uint8Array(line) });
      return;
    }
    try {
      this.#inputs.push(parseExactJson(text));
      this.#positions.push(position);
      this.#orders.push(order);
    } catch (error) {
      this.#bad.push({ place: position, reason: "invalid-json", detail: messageOf(error), input: text });
    }
  }

  finish(): RowSlice {
    const positions = this.#positions;
    const orders = this.#orders;
    return {
      inputs: this.#inputs,
      positionOf: (index) => itemAt(positions, index),
      orderOf: (index) => itemAt(orders, index),
      bad: this.#bad,
    };
  }
}

interface Line {
  readonly line: Buffer;
  /** Bytes from the start of the stream. */
  readonly offset: number;
}

async function* lines(chunks: AsyncIterable<Uint8Array>, options: NdjsonOptions): AsyncGenerator<Line, void> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let offset = 0;
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, from)) {
      const tail = bytes.subarray(from, at);
      const line = rest.length === 0 ? tail : Buffer.concat([...rest, tail]);
      yield { line: withoutReturn(line), offset };
      offset += line.length + 1;
      if (rest.length > 0) rest = [];
      restBytes = 0;
      from = at + 1;
    }
    if (from === bytes.length) continue;
    rest.push(bytes.subarray(from));
    restBytes += bytes.length - from;
    const { object, startByte, lineBytesMax } = options;
    if (restBytes > lineBytesMax) throw tooLong(object, (startByte ?? 0) + offset, lineBytesMax);
  }
  if (restBytes > 0) yield { line: withoutReturn(Buffer.concat(rest)), offset };
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
