/**
 * Cuts an NDJSON object into ranges that begin and end at line ends, by
 * searching for the first line end after each multiple of the range's size. The
 * ranges depend only on the object's bytes, so a resumed load cuts in the same
 * way.
 */
import type { ByteRange } from "../byte-range.ts";
import type { FormatLimits, ObjectBytes } from "../format.ts";
import { tooLong } from "./too-long.ts";

type RangeLimits = Pick<FormatLimits, "ndjsonRangeBytes" | "lineBytesMax">;
type TextBytes = Pick<ObjectBytes, "uri" | "size" | "stream">;

const NEWLINE = 0x0a;

/** Adjacent ranges from 0 to the object's end; none for an empty object. @throws LoadError OBJECT_UNREADABLE */
export async function ndjsonRanges(object: TextBytes, limits: RangeLimits): Promise<readonly ByteRange[]> {
  const ranges: ByteRange[] = [];
  let start = 0;
  while (start < object.size) {
    const target = start + limits.ndjsonRangeBytes;
    const end = target >= object.size ? object.size : await lineEndFrom(object, target - 1, limits);
    ranges.push({ start, end });
    start = end;
  }
  return ranges;
}

/** The position after the first line end at or after `from`. */
async function lineEndFrom(object: TextBytes, from: number, { lineBytesMax }: RangeLimits): Promise<number> {
  let position = from;
  for await (const chunk of object.stream({ start: from, end: Math.min(object.size, from + lineBytesMax) })) {
    const at = chunk.indexOf(NEWLINE);
    if (at !== -1) return position + at + 1;
    position += chunk.length;
  }
  if (position === object.size) return position;
  throw tooLong(object.uri, from, lineBytesMax);
}
