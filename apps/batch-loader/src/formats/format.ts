/**
 * The parts of a format: the names of its objects, how an object is cut into
 * parts, and the rows of a part. Everything else of a load is the same for all
 * formats, and a format knows nothing of S3, groups or loads.
 *
 * A part is loaded, checkpointed and, after a crash, loaded again as a whole.
 * So the same bytes always give the same parts in the same order.
 */
import type { RankScan } from "@trilane/feature-groups";
import type { ByteRange } from "./byte-range.ts";
import type { Compression } from "./compression.ts";
import type { PartLayout } from "./parquet/part-layout.ts";
import type { RowSlice } from "./row-slice.ts";

/** One object whose content cannot change while it is read. */
export interface ObjectBytes {
  /** The address, for messages, and to distinguish it from others. */
  readonly uri: string;
  /** The size in bytes. */
  readonly size: number;
  /** The compression that its name states. */
  readonly compression: Compression | null;
  /** All bytes of a range, in memory. @throws LoadError */
  bytes(range: ByteRange): Promise<Uint8Array<ArrayBuffer>>;
  /** The same bytes, in pieces as they come. @throws LoadError */
  stream(range: ByteRange): AsyncIterable<Uint8Array>;
}

/** A part of an object; it holds no bytes of it. */
export interface ObjectPart {
  /** @throws LoadError OBJECT_UNREADABLE, and errors of `object` */
  rows(object: ObjectBytes): AsyncIterable<RowSlice>;
  /** Where the part's columns lie, of a format that has columns. @throws as `rows` */
  layout?(object: ObjectBytes): Promise<PartLayout>;
}

/** A format as one load uses it. It may keep data that neighbouring parts share. */
export interface OpenFormat {
  /** @throws LoadError OBJECT_UNREADABLE, and errors of `object` */
  plan(object: ObjectBytes): Promise<readonly ObjectPart[]>;
}

export interface FormatOptions {
  /** Columns without which no row can be a record. */
  readonly columnsNeeded: readonly string[];
  /**
   * The columns that a record may use; null where it may use any. If it can, a format does not read the other columns.
   */
  readonly columnsTaken: readonly string[] | null;
  /** Ranks the rows of a text by their bytes; without it each row is read at once. */
  readonly ranks?: TextRanks | null;
  readonly limits: FormatLimits;
}

export type TextRanks = Pick<RankScan, "json" | "cells">;

export interface Format {
  /** The end of a name, after its last point, in lower case. */
  readonly extensions: readonly string[];
  /** Whether `.gz` or `.zst` may follow. */
  readonly mayBeCompressed: boolean;
  open(options: FormatOptions): OpenFormat;
}

export interface FormatLimits {
  /** The size at which NDJSON objects are cut, which is part of the load's identity. */
  readonly ndjsonRangeBytes: number;
  readonly lineBytesMax: number;
  readonly csvRecordBytesMax: number;
  /** Records in one call of the writer, where a part is bounded anyway. */
  readonly recordsPerWrite: number;
  /** The same number where a part is a whole object that is read as a stream. */
  readonly recordsPerSlice: number;
  /** Bytes of text in such a slice, so that long rows make short slices; the memory is a few times as much. */
  readonly sliceBytesMax: number;
  /**
   * Neighbouring row groups make one part up to this size of the columns that are read. It is part of the load's
   * identity.
   */
  readonly parquetPartBytesMax: number;
  /** The same maximum in rows. */
  readonly parquetPartRowsMax: number;
  readonly parquetFooterBytesMax: number;
  /** Bytes of one page after decompression. */
  readonly parquetPageBytesMax: number;
  /** Values of one page. Runs of equal values take a few bytes, however many there are. */
  readonly parquetPageValuesMax: number;
  /** Values of one page that are decoded at once. */
  readonly parquetPieceValuesMax: number;
  /** Bytes of all pages of a row group that are decoded at one time. */
  readonly parquetDecodedBytesMax: number;
  /** Bytes that are read ahead of all columns of a row group together. */
  readonly parquetReadAheadBytes: number;
  /** Bytes of one object after decompression, which is streamed. This bounds a damaged or hostile file. */
  readonly decompressedBytesMax: number;
}
