/**
 * The footer of a Parquet object: read, checked, and reduced to what a work
 * unit needs. Encrypted and truncated files are told apart here, because the
 * library only says that something is odd.
 */
import { type FileMetaData, parquetMetadata, parquetSchema, type RowGroup } from "hyparquet";
import { messageOf } from "@trilane/write-through";
import { LoadError, unreadable } from "../../errors.ts";
import type { ByteRange } from "../byte-range.ts";
import { isPlain, type Shape, takeShape } from "./shapes.ts";

export interface ParquetFooter {
  readonly metadata: FileMetaData;
  readonly columns: readonly string[];
  /** Those that are neither lists nor structures. */
  readonly flatColumns: ReadonlySet<string>;
  /** Of columns whose values are not ours as the library gives them. */
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly rowGroups: readonly RowGroupPlace[];
}

export interface RowGroupPlace {
  readonly bytes: ByteRange;
  /** The column chunks within. */
  readonly chunks: readonly ByteRange[];
  /** In the object, from 0. */
  readonly firstRow: number;
  readonly rows: number;
}

export interface FooterOptions {
  readonly object: string;
  readonly size: number;
  readonly footerBytesMax: number;
  readonly read: (range: ByteRange) => Promise<Uint8Array<ArrayBuffer>>;
}

const TAIL_BYTES = 65_536;
const MAGIC_BYTES = 4;
/** The length of the metadata and the magic bytes. */
const TRAILER_BYTES = 8;
const FILE_BYTES_MIN = 12;

/** @throws LoadError OBJECT_UNREADABLE that says what is wrong with the file. */
export async function readFooter(options: FooterOptions): Promise<ParquetFooter> {
  const { object } = options;
  const bytes = await footerBytes(options);
  try {
    const metadata = parquetMetadata(bytes, { geoparquet: false });
    return describe(metadata, options);
  } catch (error) {
    if (error instanceof LoadError) throw error;
    throw unreadable(object, `its footer is damaged (${messageOf(error)}); write or upload the file again`, error);
  }
}

/** The metadata with its trailer, and possibly more before it. */
async function footerBytes({ object, size, footerBytesMax, read }: FooterOptions): Promise<Uint8Array> {
  if (size < FILE_BYTES_MIN) throw unreadable(object, `${size} bytes are no Parquet file; was the upload cut off?`);
  const tail = await read({ start: Math.max(0, size - TAIL_BYTES), end: size });
  checkMagic(object, tail);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const metadataBytes = view.getUint32(tail.length - TRAILER_BYTES, true);
  const needed = metadataBytes + TRAILER_BYTES;
  if (needed > size - MAGIC_BYTES) {
    throw unreadable(object, `its footer claims ${metadataBytes} bytes, the file has ${size}: it is damaged or cut`);
  }
  if (needed > footerBytesMax) {
    throw unreadable(object, `its footer takes ${needed} bytes, at most ${footerBytesMax} fit: split the file`);
  }
  return needed <= tail.length ? tail : read({ start: size - needed, end: size });
}

function checkMagic(object: string, tail: Uint8Array): void {
  const magic = Buffer.from(tail.subarray(-MAGIC_BYTES)).toString("latin1");
  if (magic === "PAR1") return;
  if (magic === "PARE") throw unreadable(object, "the file is encrypted: write it without Parquet encryption");
  throw unreadable(object, 'the file does not end in "PAR1": it is truncated or no Parquet file; upload it again');
}

function describe(metadata: FileMetaData, { object, size }: FooterOptions): ParquetFooter {
  const { children } = parquetSchema(metadata);
  const isEncrypted = metadata.row_groups.some(({ columns }) =>
    columns.some((column) => column.crypto_metadata !== undefined || column.meta_data === undefined),
  );
  if (isEncrypted) throw unreadable(object, "columns of the file are encrypted: write it without Parquet encryption");
  const columns = children.map(({ element }) => element.name);
  // Also of a field within a column: no object of the library's has it.
  if (metadata.schema.some(({ name }) => name === "__proto__")) {
    throw unreadable(object, 'it has a column or a field "__proto__": rename it');
  }
  const flat = children.filter((child) => child.children.length === 0 && child.element.repetition_type !== "REPEATED");
  const flatColumns = new Set(flat.map(({ element }) => element.name));
  const shapes = new Map(children.map((child) => [child.element.name, takeShape(child)] as const));
  for (const [name, shape] of shapes) if (isPlain(shape)) shapes.delete(name);
  for (const element of metadata.schema) {
    // Text by another name; without this it would be taken for bytes.
    if (element.converted_type === "ENUM" || element.logical_type?.type === "ENUM") element.converted_type = "UTF8";
  }
  return { metadata, columns, flatColumns, shapes, rowGroups: placesOf(metadata, { object, size }) };
}

function placesOf(
  metadata: FileMetaData,
  { object, size }: Pick<FooterOptions, "object" | "size">,
): readonly RowGroupPlace[] {
  let firstRow = 0;
  const places = metadata.row_groups.map((rowGroup, index) => {
    const chunks = chunksOf(rowGroup);
    const place = { bytes: spanOf(chunks), chunks, firstRow, rows: Number(rowGroup.num_rows) };
    firstRow += place.rows;
    const { start, end } = place.bytes;
    if (start >= MAGIC_BYTES && start < end && end <= size - TRAILER_BYTES && place.rows >= 0) return place;
    throw unreadable(object, `its footer places row group ${index} at bytes ${start}-${end} of ${size}: it is damaged`);
  });
  // Some writers leave the number of rows out; what each row group holds is verified when it is decoded.
  if (metadata.num_rows === 0n || BigInt(firstRow) === metadata.num_rows) return places;
  throw unreadable(object, `its row groups hold ${firstRow} rows, its footer says ${metadata.num_rows}: it is damaged`);
}

function chunksOf({ columns }: RowGroup): readonly ByteRange[] {
  return columns.flatMap(({ meta_data: column }) => {
    if (column === undefined) return [];
    // Some writers put 0 for "no dictionary".
    const start = Number(column.dictionary_page_offset || column.data_page_offset);
    return [{ start, end: start + Number(column.total_compressed_size) }];
  });
}

function spanOf(ranges: readonly ByteRange[]): ByteRange {
  return {
    start: Math.min(...ranges.map(({ start }) => start)),
    end: Math.max(...ranges.map(({ end }) => end)),
  };
}
