/**
 * Checks the runs of a page's levels and dictionary indices, without decoding
 * them. The library fills an array for as long as a run says, and a run of a
 * few bytes may say two billion. So a run that goes beyond the page's values is
 * refused before it is decoded, and so are texts whose lengths add up to more
 * than a page.
 */
import type { DataPageHeader, Encoding, ParquetType } from "hyparquet/src/types.js";
import { deltaBinaryUnpack } from "hyparquet/src/delta.js";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import type { PlainPage } from "./plain-page.ts";

/** The highest repetition and definition level of a leaf. */
export interface Levels {
  readonly repetition: number;
  readonly definition: number;
}

interface RunPlace {
  readonly page: Uint8Array;
  /** The position where the runs begin. */
  readonly offset: number;
  readonly bitWidth: number;
  /** The maximum of values in the runs. */
  readonly values: number;
}

const BIT_WIDTH_MAX = 32;
/** Bit-packed values come in groups of eight, and some writers fill up the last run further than necessary. */
const PACKED_EXCESS_MAX = 65_536;
const GROUP = 8;
const VARINT_SHIFT_MAX = 28;
/** The length of the levels of a page of the first version stands before them. */
export const LEVELS_LENGTH_BYTES = 4;

interface CheckOptions {
  readonly levels: Levels;
  readonly type: ParquetType;
  /** The maximum bytes of the texts of a page. */
  readonly bytesMax: number;
}

/** The position where the values begin. @throws RangeError for runs, or texts, that go beyond the page's own claims */
export function checkPageRuns({ header, page }: PlainPage, options: CheckOptions): number {
  const { data_page_header: first, data_page_header_v2: second } = header;
  if (first !== undefined) {
    const { offset, definitionAt } = checkLevels(page, first, options.levels);
    const isCounted = first.encoding === "DELTA_BYTE_ARRAY" && options.levels.definition > 0;
    const values = isCounted ? countPresent(page, definitionAt, first, options.levels) : first.num_values;
    checkValues({ page, offset, values }, first.encoding, options);
    return offset;
  }
  if (second !== undefined) {
    const { repetition_levels_byte_length: repetitionBytes, definition_levels_byte_length: definitionBytes } = second;
    const { repetition, definition } = options.levels;
    const values = second.num_values;
    if (repetition > 0) checkRuns({ page, offset: 0, bitWidth: bitsOf(repetition), values });
    if (definition > 0) checkRuns({ page, offset: repetitionBytes, bitWidth: bitsOf(definition), values });
    const offset = repetitionBytes + definitionBytes;
    checkValues({ page, offset, values: values - second.num_nulls }, second.encoding, options);
    return offset;
  }
  return 0;
}

interface LevelPlaces {
  /** The position where the values begin. */
  readonly offset: number;
  /** The position where the definition levels begin, with their length. */
  readonly definitionAt: number;
}

function checkLevels(page: Uint8Array, header: DataPageHeader, { repetition, definition }: Levels): LevelPlaces {
  let offset = 0;
  let definitionAt = 0;
  const levels = [
    { highest: repetition, encoding: header.repetition_level_encoding },
    { highest: definition, encoding: header.definition_level_encoding },
  ];
  for (const { highest, encoding } of levels) {
    definitionAt = offset;
    if (highest === 0) continue;
    if (encoding !== "RLE") throw new RangeError(`levels are encoded as ${encoding}, which cannot be read`);
    const runs = { page, offset: offset + LEVELS_LENGTH_BYTES, bitWidth: bitsOf(highest), values: header.num_values };
    checkRuns(runs);
    offset = runs.offset + lengthAt(page, offset);
  }
  return { offset, definitionAt };
}

/** The number of values that are not null. */
function countPresent(
  page: Uint8Array,
  offset: number,
  { num_values }: DataPageHeader,
  { definition }: Levels,
): number {
  const levels = new Array<number>(num_values);
  readRleBitPackedHybrid(readerAt(page, offset), bitsOf(definition), levels);
  return levels.reduce((sum, level) => sum + (level === definition ? 1 : 0), 0);
}

function checkValues(place: Omit<RunPlace, "bitWidth">, encoding: Encoding, { type, bytesMax }: CheckOptions): void {
  const { page, offset, values } = place;
  switch (encoding) {
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY":
      checkValueRuns({ page, offset: offset + 1, bitWidth: page[offset] ?? 0, values });
      return;
    case "RLE":
      if (type === "BOOLEAN") checkValueRuns({ page, offset: offset + LEVELS_LENGTH_BYTES, bitWidth: 1, values });
      return;
    case "DELTA_BYTE_ARRAY":
      checkPrefixedTexts(place, bytesMax);
      return;
    default:
  }
}

/** Checks runs that must have exactly as many values. */
function checkRuns(place: RunPlace): void {
  const seen = walkRuns(place, (run, before) => run.count - (place.values - before));
  if (seen < place.values) throw new RangeError("a page ends within its levels");
}

/** Checks runs that may have at most as many values, because the number of nulls is not known here. */
function checkValueRuns(place: RunPlace): void {
  walkRuns(place, (run) => run.count - place.values);
}

export interface Run {
  readonly isPacked: boolean;
  readonly count: number;
  /** The position where the next run begins. */
  readonly end: number;
}

/** The number of values up to the page's end. `excessOf`: by how much a run is too long. */
function walkRuns(place: RunPlace, excessOf: (run: Run, seenBefore: number) => number): number {
  const { page, bitWidth, values } = place;
  if (bitWidth > BIT_WIDTH_MAX) throw new RangeError(`a page packs values into ${bitWidth} bits`);
  let seen = 0;
  for (let at = place.offset; seen < values && at < page.length;) {
    const run = runAt(page, at, bitWidth);
    if (excessOf(run, seen) > (run.isPacked ? PACKED_EXCESS_MAX : 0)) {
      throw new RangeError(`a run of ${run.count} values stands in a page of ${values}`);
    }
    seen += run.count;
    at = run.end;
  }
  return seen;
}

/** @throws RangeError */
export function runAt(page: Uint8Array, from: number, bitWidth: number): Run {
  let head = 0;
  for (let at = from, shift = 0; shift <= VARINT_SHIFT_MAX; at += 1, shift += 7) {
    const byte = page[at];
    if (byte === undefined) throw new RangeError("a page ends within its values");
    head += (byte & 0x7f) * 2 ** shift;
    if (byte >= 0x80) continue;
    const half = Math.floor(head / 2);
    return head % 2 === 1
      ? { isPacked: true, count: half * GROUP, end: at + 1 + half * bitWidth }
      : { isPacked: false, count: half, end: at + 1 + Math.ceil(bitWidth / 8) };
  }
  throw new RangeError("a page holds a run of an impossible length");
}

/** Checks texts that begin like the text before: a few bytes each may make texts beyond every limit. */
function checkPrefixedTexts({ page, offset, values }: Omit<RunPlace, "bitWidth">, bytesMax: number): void {
  const reader = readerAt(page, offset);
  let bytes = 0;
  for (let part = 0; part < 2 && values > 0 && reader.offset < page.length; part += 1) {
    const lengths = new Int32Array(values);
    deltaBinaryUnpack(reader, values, lengths);
    bytes += lengths.reduce((sum, length) => sum + length, 0);
  }
  if (bytes > bytesMax) {
    throw new RangeError(`the texts of a page take ${bytes} bytes, more than the limit of ${bytesMax}`);
  }
}

function readerAt(page: Uint8Array, offset: number): { view: DataView<ArrayBuffer>; offset: number } {
  return { view: new DataView(page.buffer as ArrayBuffer, page.byteOffset, page.byteLength), offset };
}

function lengthAt(page: Uint8Array, offset: number): number {
  return new DataView(page.buffer, page.byteOffset, page.byteLength).getUint32(offset, true);
}

/** The number of bits for levels up to this one. */
export function bitsOf(highest: number): number {
  return 32 - Math.clz32(highest);
}
