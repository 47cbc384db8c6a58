/**
 * The parts of a Parquet object: row groups, of which small neighbours make one
 * part. Otherwise a file of thousands of row groups of one row would cost
 * thousands of requests and checkpoints.
 */
import type { ByteRange } from "../byte-range.ts";
import type { ParquetFooter, RowGroupPlace } from "./footer.ts";

/** The limits are part of the load's identity, so a resumed load cuts in the same way. */
export interface PartLimits {
  readonly parquetPartBytesMax: number;
  readonly parquetPartRowsMax: number;
}

/** The numbers of the first row group of each part, and of the row group after it. */
export function partsOf(
  { rowGroups }: Pick<ParquetFooter, "rowGroups">,
  { parquetPartBytesMax: bytesMax, parquetPartRowsMax: rowsMax }: PartLimits,
): readonly ByteRange[] {
  const parts: ByteRange[] = [];
  let part: { start: number; end: number; bytes: number; rows: number } | null = null;
  for (const place of rowGroups) {
    const bytes = chunkBytesOf([place]);
    const fits = part !== null && part.bytes + bytes <= bytesMax && part.rows + place.rows <= rowsMax;
    if (part === null || !fits) {
      part = { start: place.index, end: place.index, bytes: 0, rows: 0 };
      parts.push(part);
    }
    part.end = place.index + 1;
    part.bytes += bytes;
    part.rows += place.rows;
  }
  return parts.map(({ start, end }) => ({ start, end }));
}

/** Compressed bytes of the columns that are read. */
export function chunkBytesOf(rowGroups: readonly RowGroupPlace[]): number {
  return chunksOf(rowGroups).reduce((sum, { bytes }) => sum + bytes.end - bytes.start, 0);
}

/** Decompressed bytes of the columns that are read, by the footer. */
export function plainBytesOf(rowGroups: readonly RowGroupPlace[]): number {
  return chunksOf(rowGroups).reduce((sum, { uncompressedBytes }) => sum + uncompressedBytes, 0);
}

/** The bytes between two chunks are read with them up to this size. */
const GAP_BYTES_MAX = 262_144;

/** The ranges to read where a part is read as a whole: those of its chunks, where near ones are joined. */
export function rangesOf(rowGroups: readonly RowGroupPlace[]): readonly ByteRange[] {
  const sorted = chunksOf(rowGroups)
    .map(({ bytes }) => bytes)
    .toSorted((left, right) => left.start - right.start);
  const ranges: { start: number; end: number }[] = [];
  for (const { start, end } of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && start - last.end <= GAP_BYTES_MAX) last.end = Math.max(last.end, end);
    else ranges.push({ start, end });
  }
  return ranges;
}

function chunksOf(rowGroups: readonly RowGroupPlace[]): readonly RowGroupPlace["leaves"][number][number][] {
  return rowGroups.flatMap(({ leaves }) => leaves.flat());
}
