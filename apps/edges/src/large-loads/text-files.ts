/** Large text files, written as a stream: rows of any size, and lines without an end. */
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGzip, createZstdCompress } from "node:zlib";

export interface TextFile {
  readonly rows: number;
  /** Of each row, about. */
  readonly rowBytes: number;
  /** Small rows behind the others. */
  readonly goodRows?: number;
  /** Of a line without an end, behind the rows. */
  readonly endlessBytes?: number;
}

const STATIONS = 20;
const STEP_BYTES = 500_009;
const CHUNK_BYTES = 1_048_576;
const FIRST_MS = Date.UTC(2024, 0, 1);
const MS_PER_SECOND = 1_000;
/** Random text that rows are cut from, so that they compress about as text does. */
const NOISE = randomBytes(CHUNK_BYTES).toString("hex");
/** Long enough for the largest row, wherever it is cut. */
const LONG_NOISE = NOISE.repeat(8);

export async function writeGzip(path: string, file: TextFile): Promise<void> {
  const level = { level: constants.Z_BEST_SPEED };
  await pipeline(Readable.from(textOf(file)), createGzip(level), createWriteStream(path));
}

/** A CSV with the right header, and a record without an end. */
export async function writeZstd(path: string, endlessBytes: number): Promise<void> {
  const header = "station,observed_at,number,value,quality\n";
  const text = Readable.from(joined(header, endless(endlessBytes)));
  await pipeline(text, createZstdCompress(), createWriteStream(path));
}

function* textOf({ rows, rowBytes, goodRows = 0, endlessBytes = 0 }: TextFile): Generator<Buffer, void> {
  for (let row = 0; row < rows + goodRows; row += 1) yield rowText(row, row < rows ? rowBytes : 0);
  yield* endless(endlessBytes);
}

function rowText(row: number, bytes: number): Buffer {
  // Far from where the row before was cut: what repeats is beyond the reach of gzip.
  const from = (row * STEP_BYTES) % NOISE.length;
  const noise = LONG_NOISE.slice(from, from + bytes);
  const observed = new Date(FIRST_MS + row * MS_PER_SECOND).toISOString();
  const fields = { station: `s${row % STATIONS}`, observed_at: observed, number: row, value: row / 2, quality: "good" };
  return Buffer.from(`${JSON.stringify({ ...fields, text: noise })}\n`);
}

function* endless(bytes: number): Generator<Buffer, void> {
  const chunk = Buffer.alloc(CHUNK_BYTES, "x");
  for (let written = 0; written < bytes; written += chunk.length) yield chunk;
}

function* joined(first: string, rest: Iterable<Buffer>): Generator<Buffer, void> {
  yield Buffer.from(first);
  yield* rest;
}
