/**
 * NDJSON. A large object is cut at line ends; a compressed object cannot be cut
 * and is one part.
 */
import type { BytesRanks } from "@trilane/feature-groups";
import type { ByteRange } from "../byte-range.ts";
import { checkText, START_BYTES } from "../first-bytes.ts";
import type { Format, FormatLimits, ObjectBytes, ObjectPart } from "../format.ts";
import type { RowSlice } from "../row-slice.ts";
import { wholeText } from "../whole-text.ts";
import { ndjsonRanges } from "./ranges.ts";
import { ndjsonRows } from "./rows.ts";

export const ndjson: Format = {
  extensions: ["ndjson", "jsonl"],
  mayBeCompressed: true,
  open: ({ limits, ranks = null }) => ({
    plan: (object) => partsOf(object, limits, ranks?.json ?? null),
  }),
};

async function partsOf(
  object: ObjectBytes,
  limits: FormatLimits,
  ranks: BytesRanks | null,
): Promise<readonly ObjectPart[]> {
  if (object.compression !== null || (await seemsCompressed(object, limits))) {
    return [{ rows: (opened) => compressedRows(opened, limits, ranks) }];
  }
  const ranges = await ndjsonRanges(object, limits);
  return ranges.map((range) => ({ rows: (opened) => rangeRows(opened, range, { limits, ranks }) }));
}

/**
 * For an object that would be cut: an object that is no text has no lines to cut at. @throws LoadError
 * OBJECT_UNREADABLE
 */
async function seemsCompressed(object: ObjectBytes, { ndjsonRangeBytes }: FormatLimits): Promise<boolean> {
  if (object.size <= ndjsonRangeBytes) return false;
  const start = await object.bytes({ start: 0, end: Math.min(object.size, START_BYTES) });
  return checkText({ object: object.uri, isJson: true }, start) !== "text";
}

function compressedRows(
  object: ObjectBytes,
  limits: FormatLimits,
  ranks: BytesRanks | null,
): AsyncGenerator<RowSlice, void> {
  const { recordsPerSlice, sliceBytesMax, lineBytesMax } = limits;
  const text = { object: object.uri, startByte: null, recordsPerSlice, sliceBytesMax, lineBytesMax, ranks };
  return ndjsonRows(wholeText(object, { ...limits, isJson: true }), text);
}

function rangeRows(
  object: ObjectBytes,
  range: ByteRange,
  { limits, ranks }: { readonly limits: FormatLimits; readonly ranks: BytesRanks | null },
): AsyncGenerator<RowSlice, void> {
  const { recordsPerWrite: recordsPerSlice, sliceBytesMax, lineBytesMax } = limits;
  const isWhole = range.start === 0 && range.end === object.size;
  const chunks = isWhole ? wholeText(object, { ...limits, isJson: true }) : object.stream(range);
  const text = { object: object.uri, startByte: range.start, recordsPerSlice, sliceBytesMax, lineBytesMax, ranks };
  return ndjsonRows(chunks, text);
}
