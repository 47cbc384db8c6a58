/**
 * The footer of a Parquet object, which is read, checked, and reduced to the
 * columns that a load reads. Encrypted and truncated files are recognised here,
 * because the library's message for them is vague. Columns that are not read
 * are not checked: a column that no record needs may be of any kind.
 */
import {
  type CompressionCodec,
  parquetMetadata,
  parquetSchema,
  type ParquetType,
  type SchemaElement,
  type SchemaTree,
} from "hyparquet";
import { CompressionCodecs, ParquetTypes } from "hyparquet/src/constants.js";
import { getPhysicalColumns, getTreePath } from "hyparquet/src/schema.js";
import { messageOf } from "@trilane/write-through";
import { LoadError, unreadable } from "../../errors.ts";
import type { ByteRange } from "../byte-range.ts";
import {
  type ChunkFields,
  findRowGroups,
  footerOfSchema,
  readRowGroups,
  type RowGroupFields,
} from "./footer-fields.ts";
import { isPlain, type Shape, takeShape } from "./shapes.ts";

export interface ParquetFooter {
  /** The metadata with its trailer, up to the end of the file. */
  readonly bytes: ByteRange;
  /** All columns of the file, for messages. */
  readonly columns: readonly string[];
  /** The columns that are read. */
  readonly columnsRead: readonly ReadColumn[];
  readonly rowGroups: readonly RowGroupPlace[];
}

export interface ReadColumn {
  readonly name: string;
  readonly tree: SchemaTree;
  /** Null where the library's values need no change. */
  readonly shape: Shape | null;
}

export interface RowGroupPlace {
  readonly index: number;
  /** The row in the object, from 0. */
  readonly firstRow: number;
  readonly rows: number;
  /** The leaves of each column that is read, in their order. */
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
  /** The number of values in the footer, nulls and empty lists included. */
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
/** The bytes of the length of the metadata and of the magic bytes. */
const TRAILER_BYTES = 8;
const FILE_BYTES_MIN = 12;

/** @throws LoadError OBJECT_UNREADABLE that names the fault of the file */
export async function readFooter(options: FooterOptions): Promise<ParquetFooter> {
  const { object } = options;
  const metadata = await metadataBytes(options);
  try {
    return await describe(metadata, options);
  } catch (error) {
    if (error instanceof LoadError) throw error;
    throw unreadable(object, `its footer is damaged (${messageOf(error)}); write or upload the file again`, error);
  }
}

/** The metadata, without its trailer. */
async function metadataBytes({ object, size, footerBytesMax, read }: FooterOptions): Promise<Uint8Array> {
  if (size < FILE_BYTES_MIN) throw unreadable(object, `${size} bytes are no Parquet file; was the upload cut off?`);
  const tail = await read({ start: Math.max(0, size - TAIL_BYTES), end: size });
  checkMagic(object, tail);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const length = view.getUint32(tail.length - TRAILER_BYTES, true);
  const needed = length + TRAILER_BYTES;
  if (needed > size - MAGIC_BYTES) {
    throw unreadable(object, `its footer claims ${length} bytes, the file has ${size}: it is damaged or cut`);
  }
  if (needed > footerBytesMax) {
    throw unreadable(object, `its footer takes ${needed} bytes, at most ${footerBytesMax} fit: split the file`);
  }
  const footer = needed <= tail.length ? tail.subarray(-needed) : await read({ start: size - needed, end: size });
  return footer.subarray(0, length);
}

function checkMagic(object: string, tail: Uint8Array): void {
  const magic = Buffer.from(tail.subarray(-MAGIC_BYTES)).toString("latin1");
  if (magic === "PAR1") return;
  if (magic === "PARE") throw unreadable(object, "the file is encrypted: write it without Parquet encryption");
  throw unreadable(object, 'the file does not end in "PAR1": it is truncated or no Parquet file; upload it again');
}

async function describe(metadata: Uint8Array, options: FooterOptions): Promise<ParquetFooter> {
  const { object, columnsTaken } = options;
  const rowGroupsAt = findRowGroups(metadata);
  if (rowGroupsAt === null) throw unreadable(object, "its footer has no list of row groups: it is damaged");
  const file = parquetMetadata(footerOfSchema(metadata, rowGroupsAt), { geoparquet: false });
  const root = parquetSchema(file);
  const trees = root.children.filter(({ element }) => columnsTaken === null || columnsTaken.includes(element.name));
  for (const tree of trees) prepare(object, tree);
  const columnsRead = trees.map((tree) => {
    const shape = takeShape(tree);
    return { name: tree.element.name, tree, shape: isPlain(shape) ? null : shape };
  });
  const leaves = columnsRead.map(({ tree }) => leavesOf(root, tree));
  const rowGroups = await readRowGroups(metadata, rowGroupsAt, new Set(leaves.flat().map(({ index }) => index)));
  const columns = root.children.map(({ element }) => element.name);
  const bytes = { start: options.size - TRAILER_BYTES - metadata.length, end: options.size };
  return {
    bytes,
    columns,
    columnsRead,
    rowGroups: placesOf(rowGroups, { rowsAll: Number(file.num_rows), leaves, options }),
  };
}

/** @throws LoadError for a name that no object can have as a field */
function prepare(object: string, tree: SchemaTree): void {
  const { element, children } = tree;
  if (element.name === "__proto__") {
    throw unreadable(object, 'it has a column or a field "__proto__": rename it');
  }
  // An enum is text; without this it would be treated as bytes.
  if (element.converted_type === "ENUM" || element.logical_type?.type === "ENUM") element.converted_type = "UTF8";
  for (const child of children) prepare(object, child);
}

interface Leaf {
  readonly path: string[];
  readonly schemaPath: SchemaTree[];
  readonly element: SchemaElement;
  /** The index among all leaves of the file; row groups have their chunks in this order. */
  readonly index: number;
}

function leavesOf(root: SchemaTree, column: SchemaTree): readonly Leaf[] {
  const all = getPhysicalColumns(root);
  return leafTrees(column).map(({ path, element }) => {
    return { path, schemaPath: getTreePath(root, path), element, index: all.indexOf(path.join(".")) };
  });
}

function leafTrees(tree: SchemaTree): readonly SchemaTree[] {
  return tree.children.length === 0 ? [tree] : tree.children.flatMap(leafTrees);
}

interface Described {
  /** The number in the file; 0 where it has none. */
  readonly rowsAll: number;
  readonly leaves: readonly (readonly Leaf[])[];
  readonly options: FooterOptions;
}

function placesOf(
  rowGroups: readonly RowGroupFields[],
  { rowsAll, leaves, options }: Described,
): readonly RowGroupPlace[] {
  const { object } = options;
  let firstRow = 0;
  const places = rowGroups.map(({ rows, chunks }, index) => {
    const ofLeaf = (leaf: Leaf): LeafChunk => chunkOf(chunks.get(leaf.index), leaf, { options, index });
    const place = { index, firstRow, rows, leaves: leaves.map((ofColumn) => ofColumn.map(ofLeaf)) };
    firstRow += rows;
    if (rows >= 0 && Number.isSafeInteger(firstRow)) return place;
    throw unreadable(object, `its footer says that row group ${index} has ${rows} rows: it is damaged`);
  });
  // Some writers leave the number of rows out. The rows of each row group are verified when it is decoded.
  if (rowsAll === 0 || firstRow === rowsAll) return places;
  throw unreadable(object, `its row groups hold ${firstRow} rows, its footer says ${rowsAll}: it is damaged`);
}

/** @throws LoadError for a chunk that is encrypted, in another file, or at an impossible position */
function chunkOf(
  fields: ChunkFields | undefined,
  { path, schemaPath, element }: Leaf,
  { options, index }: { readonly options: FooterOptions; readonly index: number },
): LeafChunk {
  const { object, size } = options;
  const name = path.join(".");
  const refuse = (problem: string): LoadError => unreadable(object, `row group ${index}, column "${name}": ${problem}`);
  if (fields === undefined) throw refuse("the footer does not say where it is; the file is damaged");
  if (fields.isEncrypted) throw refuse("it is encrypted: write the file without Parquet encryption");
  if (fields.isElsewhere) throw refuse("it lies in another file: load that one");
  const type = ParquetTypes[fields.type];
  const codec = CompressionCodecs[fields.codec];
  if (fields.path !== name || type === undefined || codec === undefined) {
    throw refuse("the footer describes another one in its place; the file is damaged");
  }
  // Some writers write 0 for "no dictionary".
  const start = fields.dictionaryOffset || fields.dataOffset;
  const bytes = { start, end: start + fields.compressedBytes };
  if (start < MAGIC_BYTES || bytes.start >= bytes.end || bytes.end > size - TRAILER_BYTES) {
    throw refuse(`the footer places it at bytes ${bytes.start}-${bytes.end} of ${size}; the file is damaged`);
  }
  const { uncompressedBytes, values } = fields;
  return { path, schemaPath, element, type, codec, bytes, uncompressedBytes, values };
}
