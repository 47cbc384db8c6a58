/**
 * What a format of objects is: which names it has, into which parts an object
 * of it is cut, and which rows a part has. Everything else of a load is the
 * same for all formats, and a format knows nothing of S3, groups or loads.
 *
 * A part is loaded, checkpointed and, after a crash, loaded again as a whole.
 * So the same bytes always give the same parts in the same order.
 */
import type { ByteRange } from "./byte-range.ts";
import type { Compression } from "./compression.ts";
import type { RowSlice } from "./row-slice.ts";

/** One object whose content cannot change while it is read. */
export interface ObjectBytes {
  /** For messages, and to tell it from others. */
  readonly uri: string;
  /** Bytes. */
  readonly size: number;
  /** As its name says. */
  readonly compression: Compression | null;
  /** All bytes of a range, in memory. @throws LoadError */
  bytes(range: ByteRange): Promise<Uint8Array<ArrayBuffer>>;
  /** The same bytes as they come. @throws LoadError */
  stream(range: ByteRange): AsyncIterable<Uint8Array>;
}

/** A part of an object; it holds no bytes of it. */
export interface ObjectPart {
  /** @throws LoadError OBJECT_UNREADABLE, and what `object` throws */
  rows(object: ObjectBytes): AsyncIterable<RowSlice>;
}

/** A format as one load uses it; it may keep what neighbouring parts share. */
export interface OpenFormat {
  /** @throws LoadError OBJECT_UNREADABLE, and what `object` throws */
  plan(object: ObjectBytes): Promise<readonly ObjectPart[]>;
}

export interface FormatOptions {
  /** Columns without which no row can be a record. */
  readonly columnsNeeded: readonly string[];
  /** Columns that a record is made of; null where any may be. A format that can leaves the others alone. */
  readonly columnsTaken: readonly string[] | null;
  readonly limits: FormatLimits;
}

export interface Format {
  /** How a name ends, behind its last point, in lower case. */
  readonly extensions: readonly string[];
  /** Whether `.gz` or `.zst` may stand behind that. */
  readonly mayBeCompressed: boolean;
  open(options: FormatOptions): OpenFormat;
}

export interface FormatLimits {
  /** Size at which NDJSON objects are cut. Part of the load's identity. */
  readonly ndjsonRangeBytes: number;
  readonly lineBytesMax: number;
  readonly csvRecordBytesMax: number;
  /** Records handed to the writer in one call, where a part is bounded anyway. */
  readonly recordsPerWrite: number;
  /** The same where a part is a whole object, read as a stream. */
  readonly recordsPerSlice: number;
  /** Of text in such a slice, so that long rows make short slices; memory is a few times that. */
  readonly sliceBytesMax: number;
  /** Neighbouring row groups make one part up to this size, of the columns that are read. Part of the load's identity. */
  readonly parquetPartBytesMax: number;
  /** The same in rows. */
  readonly parquetPartRowsMax: number;
  readonly parquetFooterBytesMax: number;
  /** Of one page, decompressed. */
  readonly parquetPageBytesMax: number;
  /** Of one page. Runs of equal values take a few bytes, however many there are. */
  readonly parquetPageValuesMax: number;
  /** Of all pages of a row group that are decoded at one time. */
  readonly parquetDecodedBytesMax: number;
  /** Read ahead of all columns of a row group together. */
  readonly parquetReadAheadBytes: number;
  /** Of one object. Decompression is streamed; this bounds what a damaged or hostile file can make of it. */
  readonly decompressedBytesMax: number;
}
