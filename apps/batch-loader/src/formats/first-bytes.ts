/**
 * Recognises by its first bytes a text that does not fit its name. A gzip or a
 * zstd is decompressed, because its text is meant, and some tools state the
 * compression only in the object's Content-Encoding. Any other such object is
 * refused as a whole, with a message that says what it seems to be; otherwise
 * every row would be refused one by one.
 */
import { unreadable } from "../errors.ts";
import { type Compression, decompressed } from "./compression.ts";
import type { GunzipOptions } from "./gunzipped.ts";

export interface TextOptions extends GunzipOptions {
  /** Whether each line should be one JSON value. */
  readonly isJson: boolean;
}

type Seeming = { readonly kind: Compression | "text" } | { readonly kind: "other"; readonly what: string };

/** First bytes, as latin1. */
const GZIP = "\u001f\u008b";
const ZSTD = "\u0028\u00b5\u002f\u00fd";
/** The same with a frame before it that is skipped, as parallel compressors write it. */
const ZSTD_SKIPPABLE = ["\u002a\u004d\u0018", "PQRSTUVWXYZ[\\]^_"] as const;
const OTHERS: readonly (readonly [start: string, what: string])[] = [
  ["PAR1", "Parquet: let its name end in .parquet"],
  ["PK\u0003\u0004", "a zip archive: upload what is in it"],
  ["BZh", "bzip2: decompress it, or compress it with gzip"],
  ["\u00fd7zXZ\u0000", "xz: decompress it, or compress it with gzip"],
  ["\u0004\u0022\u004d\u0018", "lz4: decompress it, or compress it with gzip"],
  ["\u00ff\u0006\u0000\u0000sNaPpY", "snappy: decompress it, or compress it with gzip"],
  ["Obj\u0001", "Avro: write it as Parquet, NDJSON or CSV"],
  ["ORC", "ORC: write it as Parquet, NDJSON or CSV"],
  ["ARROW1", "Arrow: write it as Parquet, NDJSON or CSV"],
  ["SQLite format 3\u0000", "an SQLite database: write it as Parquet, NDJSON or CSV"],
  ["version https://git-lfs", "a pointer of Git LFS: upload the file that it points to"],
  ["<!doctype", "an HTML page, such as an error page: upload the file that was meant"],
  ["<html", "an HTML page, such as an error page: upload the file that was meant"],
  ["<?xml", "XML, such as an error's: upload the file that was meant"],
  ["\u0000\u0000", "zeros: upload it again"],
];
/** So many bytes are enough to recognise it. */
export const START_BYTES = 64;
/** Before markup there may be a byte order mark and blanks. */
const BEFORE_MARKUP = /^(?:\u00ef\u00bb\u00bf)?\s*(?=<)/;

const JSON_ARRAY = /^(?:\u00ef\u00bb\u00bf)?\s*\[/;
/** A brace that stands alone on its line. */
const JSON_LINES = /^(?:\u00ef\u00bb\u00bf)?\s*\{[ \t]*\r?\n/;

function jsonSeeming(text: string): Seeming | null {
  if (JSON_ARRAY.test(text)) return { kind: "other", what: "a JSON array: write one object on each line" };
  if (!JSON_LINES.test(text)) return null;
  return { kind: "other", what: "JSON that goes over several lines: write each object on one line" };
}

function isSkippable(text: string): boolean {
  const [rest, firsts] = ZSTD_SKIPPABLE;
  return text.startsWith(rest, 1) && firsts.includes(text.charAt(0));
}

function seemingOf(start: Uint8Array, isJson: boolean): Seeming {
  const text = Buffer.from(start.subarray(0, START_BYTES)).toString("latin1").replace(BEFORE_MARKUP, "");
  if (text.startsWith(GZIP)) return { kind: "gzip" };
  if (text.startsWith(ZSTD) || isSkippable(text)) return { kind: "zstd" };
  const found = OTHERS.find(([prefix]) => {
    const begin = text.slice(0, prefix.length);
    return begin === prefix || (prefix.startsWith("<") && begin.toLowerCase() === prefix);
  });
  if (found !== undefined) return { kind: "other", what: found[1] };
  return (isJson ? jsonSeeming(text) : null) ?? { kind: "text" };
}

/** @throws LoadError OBJECT_UNREADABLE for an object that is no text */
export function checkText(
  { object, isJson }: Pick<TextOptions, "object" | "isJson">,
  start: Uint8Array,
): Compression | "text" {
  const seeming = seemingOf(start, isJson);
  if (seeming.kind !== "other") return seeming.kind;
  throw unreadable(object, `it is not what its name says, it seems to be ${seeming.what}`);
}

/** How many times more than its name says an object may be compressed. */
const TIMES_MAX = 2;

/** The text of a whole object, decompressed as often as it was compressed. */
export async function* plainText(
  source: AsyncIterable<Uint8Array>,
  options: TextOptions,
  timesLeft: number = TIMES_MAX,
): AsyncGenerator<Uint8Array, void> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    const start: Uint8Array[] = [];
    let startBytes = 0;
    while (startBytes < START_BYTES) {
      const { done, value } = await iterator.next();
      if (done === true) break;
      start.push(value);
      startBytes += value.length;
    }
    const kind = checkText(options, Buffer.concat(start));
    const chunks = resumed(start, iterator);
    if (kind !== "text" && timesLeft === 0) throw unreadable(options.object, "it is compressed again and again");
    if (kind === "text") yield* chunks;
    else yield* plainText(decompressed(chunks, kind, options), options, timesLeft - 1);
  } finally {
    await iterator.return?.();
  }
}

async function* resumed(
  start: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  yield* start;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
