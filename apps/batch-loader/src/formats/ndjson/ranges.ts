/**
 * Cuts an NDJSON object into ranges that begin and end at line ends, by
 * looking for the first line end behind each multiple of the range's size. The
 * ranges follow from the object's bytes alone: a resumed load cuts as the first.
 */
import type { ByteRange } from "../../s3/object-reader.ts";

/** The bytes of a range of the object. */
export type ReadBytes = (range: ByteRange) => AsyncIterable<Uint8Array>;

export interface RangeOptions {
  readonly size: number;
  readonly rangeBytes: number;
  /** How far to look for a line end. */
  readonly lineBytesMax: number;
  readonly tooLong: (startByte: number) => Error;
}

const NEWLINE = 0x0a;

/** Adjacent ranges from 0 to `size`; none for an empty object. */
export async function ndjsonRanges(read: ReadBytes, options: RangeOptions): Promise<readonly ByteRange[]> {
  const { size, rangeBytes } = options;
  const ranges: ByteRange[] = [];
  let start = 0;
  while (start < size) {
    const target = start + rangeBytes;
    const end = target >= size ? size : await lineEndFrom(read, target - 1, options);
    ranges.push({ start, end });
    start = end;
  }
  return ranges;
}

/** The place behind the first line end at or after `from`. */
async function lineEndFrom(read: ReadBytes, from: number, options: RangeOptions): Promise<number> {
  let position = from;
  for await (const chunk of read({ start: from, end: Math.min(options.size, from + options.lineBytesMax) })) {
    const at = chunk.indexOf(NEWLINE);
    if (at !== -1) return position + at + 1;
    position += chunk.length;
  }
  if (position === options.size) return position;
  throw options.tooLong(from);
}
