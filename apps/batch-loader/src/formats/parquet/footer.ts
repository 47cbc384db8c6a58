/**
 * The footer of a Parquet object: read, checked, and reduced to the columns that a load reads. Encrypted and
 * truncated files are told apart here, because the library only says that something is odd. What is not read
 * is not looked at: a column that no record needs can be of any kind.
 */
import {
  type ColumnChunk,
  type CompressionCodec,
  type FileMetaData,
  parquetMetadata,
  parquetSchema,
  type ParquetType,
  type RowGroup,
  type SchemaElement,
  type SchemaTree,
} from "hyparquet";
import { getPhysicalColumns, getTreePath } from "hyparquet/src/schema.js";
import { messageOf } from "@trilane/write-through";
import { LoadError, unreadable } from "../../errors.ts";
import type { ByteRange } from "../byte-range.ts";
import { isPlain, type Shape, takeShape } from "./shapes.ts";

export interface ParquetFooter {
  /** All that the file has, for messages. */
  readonly columns: readonly string[];
  /** Those that are read. */
  readonly columnsRead: readonly ReadColumn[];
  readonly rowGroups: readonly RowGroupPlace[];
}

export interface ReadColumn {
  readonly name: string;
  readonly tree: SchemaTree;
  /** Null where the library gives its values as ours. */
  readonly shape: Shape | null;
}

export interface RowGroupPlace {
  readonly index: number;
  /** In the object, from 0. */
  readonly firstRow: number;
  readonly rows: number;
  /** Of each column that is read, in their order, its leaves. */
  readonly leaves: readonly (readonly LeafChunk[])[];
}

/** The bytes of one leaf of a column in one row group. */
export interface LeafChunk {
  readonly path: string[];
  readonly schemaPath: SchemaTree[];
  readonly element: SchemaElement;
  readonly type: ParquetType;
  readonly codec: CompressionCodec;
  readonly bytes: ByteRange;
  readonly uncompressedBytes: number;
  /** As the footer says: nulls and empty lists among them. */
  readonly values: number;
}

export interface FooterOptions {
  readonly object: string;
  readonly size: number;
  readonly footerBytesMax: number;
  /** The columns to read, where the file has them; null: all. */
  readonly columnsTaken: readonly string[] | null;
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

function describe(metadata: FileMetaData, options: FooterOptions): ParquetFooter {
  const { object, columnsTaken } = options;
  const root = parquetSchema(metadata);
  const trees = root.children.filter(({ element }) => columnsTaken === null || columnsTaken.includes(element.name));
  for (const tree of trees) prepare(object, tree);
  const columnsRead = trees.map((tree) => {
    const shape = takeShape(tree);
    return { name: tree.element.name, tree, shape: isPlain(shape) ? null : shape };
  });
  const columns = root.children.map(({ element }) => element.name);
  return { columns, columnsRead, rowGroups: placesOf(metadata, { root, columnsRead, options }) };
}

/** @throws LoadError for a name that no object can have as a field */
function prepare(object: string, tree: SchemaTree): void {
  const { element, children } = tree;
  if (element.name === "__proto__") {
    throw unreadable(object, 'it has a column or a field "__proto__": rename it');
  }
  // Text by another name; without this it would be taken for bytes.
  if (element.converted_type === "ENUM" || element.logical_type?.type === "ENUM") element.converted_type = "UTF8";
  for (const child of children) prepare(object, child);
}

interface Described {
  readonly root: SchemaTree;
  readonly columnsRead: readonly ReadColumn[];
  readonly options: FooterOptions;
}

interface Leaf {
  readonly path: string[];
  readonly schemaPath: SchemaTree[];
  /** Among all leaves of the file. */
  readonly index: number;
}

function placesOf(metadata: FileMetaData, { root, columnsRead, options }: Described): readonly RowGroupPlace[] {
  const { object } = options;
  const leaves = columnsRead.map(({ tree }) => leavesOf(root, tree));
  let firstRow = 0;
  const places = metadata.row_groups.map((rowGroup, index) => {
    const chunks = leaves.map((ofColumn) => ofColumn.map((leaf) => chunkOf(rowGroup, leaf, { options, index })));
    const place = { index, firstRow, rows: Number(rowGroup.num_rows), leaves: chunks };
    firstRow += place.rows;
    if (place.rows >= 0 && Number.isSafeInteger(firstRow)) return place;
    throw unreadable(object, `its footer says that row group ${index} has ${place.rows} rows: it is damaged`);
  });
  // Some writers leave the number of rows out; what each row group holds is verified when it is decoded.
  if (metadata.num_rows === 0n || BigInt(firstRow) === metadata.num_rows) return places;
  throw unreadable(object, `its row groups hold ${firstRow} rows, its footer says ${metadata.num_rows}: it is damaged`);
}

/** In the order of the file, in which the row groups have their columns. */
function leavesOf(root: SchemaTree, column: SchemaTree): readonly Leaf[] {
  const all = getPhysicalColumns(root);
  return pathsOf(column).map((path) => ({ path, schemaPath: getTreePath(root, path), index: all.indexOf(path.join(".")) }));
}

function pathsOf(tree: SchemaTree): readonly string[][] {
  return tree.children.length === 0 ? [tree.path] : tree.children.flatMap(pathsOf);
}

function chunkOf(
  rowGroup: RowGroup,
  { path, schemaPath, index: column }: Leaf,
  { options, index }: { readonly options: FooterOptions; readonly index: number },
): LeafChunk {
  const { object, size } = options;
  const name = path.join(".");
  const isHere = (chunk: ColumnChunk | undefined): boolean => chunk?.meta_data?.path_in_schema.join(".") === name;
  const first = rowGroup.columns[column];
  const found = isHere(first) ? first : (rowGroup.columns.find(isHere) ?? first);
  const metadata = found?.meta_data;
  if (found?.crypto_metadata !== undefined || (found !== undefined && metadata === undefined)) {
    throw unreadable(object, "columns of the file are encrypted: write it without Parquet encryption");
  }
  const element = schemaPath.at(-1)?.element;
  if (metadata === undefined || element === undefined || !isHere(found)) {
    throw unreadable(object, `its footer does not say where row group ${index} has the column "${name}": it is damaged`);
  }
  // Some writers put 0 for "no dictionary".
  const start = Number(metadata.dictionary_page_offset || metadata.data_page_offset);
  const bytes = { start, end: start + Number(metadata.total_compressed_size) };
  if (start < MAGIC_BYTES || bytes.start >= bytes.end || bytes.end > size - TRAILER_BYTES) {
    const place = `bytes ${bytes.start}-${bytes.end} of ${size}`;
    throw unreadable(object, `its footer places row group ${index} at ${place}: it is damaged`);
  }
  const { type, codec } = metadata;
  const uncompressedBytes = Number(metadata.total_uncompressed_size);
  return { path, schemaPath, element, type, codec, bytes, uncompressedBytes, values: Number(metadata.num_values) };
}
