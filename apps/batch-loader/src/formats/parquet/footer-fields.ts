/**
 * Reads the fields of a Parquet footer that a load needs, in turns. The library
 * reads all fields of all columns without a pause, and statistics too. For a
 * file with thousands of row groups this takes seconds, and memory many times
 * the footer's size. So the library reads only the schema.
 */
import { BINARY, CompactReader, LIST, STOP, STRUCT } from "./compact-reader.ts";
import { Turn } from "./turn.ts";

/** The footer's description of one leaf in one row group. */
export interface ChunkFields {
  readonly path: string;
  readonly isElsewhere: boolean;
  readonly isEncrypted: boolean;
  readonly type: number;
  readonly codec: number;
  readonly values: number;
  readonly uncompressedBytes: number;
  readonly compressedBytes: number;
  readonly dataOffset: number;
  readonly dictionaryOffset: number;
}

export interface RowGroupFields {
  readonly rows: number;
  /** The requested leaves, in the order of the file. */
  readonly chunks: ReadonlyMap<number, ChunkFields>;
}

const ROW_GROUPS = 4;
/** The field "row groups" with an empty list, and the end of the footer. */
const NO_ROW_GROUPS = [0x09, 0x08, 0x0c, 0x00] as const;
const MAGIC = [0x50, 0x41, 0x52, 0x31] as const;
const LENGTH_BYTES = 4;

/** The position in the metadata where the field with the row groups begins; null where there is none. */
export function findRowGroups(metadata: Uint8Array): number | null {
  const reader = new CompactReader(metadata);
  let field = 0;
  for (;;) {
    const start = reader.offset;
    const { type, number, isWhole } = reader.fieldHead();
    if (type === STOP) return null;
    field = isWhole ? number : field + number;
    if (field === ROW_GROUPS && type === LIST) return start;
    reader.skip(type);
  }
}

/** The footer of a file with the same schema and no row group, as the library reads it. */
export function footerOfSchema(metadata: Uint8Array, rowGroupsAt: number): Uint8Array {
  const kept = [...metadata.subarray(0, rowGroupsAt), ...NO_ROW_GROUPS];
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(kept.length);
  return new Uint8Array([...kept, ...length, ...MAGIC]);
}

/** @throws RangeError for bytes that are no list of row groups */
export async function readRowGroups(
  metadata: Uint8Array,
  rowGroupsAt: number,
  leaves: ReadonlySet<number>,
): Promise<readonly RowGroupFields[]> {
  const reader = new CompactReader(metadata);
  reader.offset = rowGroupsAt;
  reader.fieldHead();
  const turn = new Turn();
  const found: RowGroupFields[] = [];
  const { length, type } = reader.listHead();
  if (type !== STRUCT) throw new RangeError("the row groups of the footer are none");
  for (let index = 0; index < length; index += 1) {
    found.push(rowGroupFields(reader, leaves));
    await turn.give();
  }
  return found;
}

function rowGroupFields(reader: CompactReader, leaves: ReadonlySet<number>): RowGroupFields {
  let rows = -1;
  const chunks = new Map<number, ChunkFields>();
  reader.eachField((field, type) => {
    if (field === 3 && reader.isInteger(type)) rows = reader.integer();
    else if (field === 1 && type === LIST) {
      const { length, type: inner } = reader.listHead();
      for (let index = 0; index < length; index += 1) {
        if (leaves.has(index) && inner === STRUCT) chunks.set(index, chunkFields(reader));
        else reader.skip(inner);
      }
    } else reader.skip(type);
  });
  return { rows, chunks };
}

const UNKNOWN = -1;
const TYPE = 1;
const PATH = 3;
const CODEC = 4;
const VALUES = 5;
const UNCOMPRESSED = 6;
const COMPRESSED = 7;
const DATA_OFFSET = 9;
const DICTIONARY_OFFSET = 11;

function chunkFields(reader: CompactReader): ChunkFields {
  let isElsewhere = false;
  let isEncrypted = false;
  let path: string | null = null;
  const integers = new Map<number, number>();
  reader.eachField((field, type) => {
    if (field === 1 && type === BINARY) isElsewhere = reader.binary().length > 0;
    else if (field === 3 && type === STRUCT) path = columnFields(reader, integers);
    else {
      // These fields say how a column is encrypted, or contain an encrypted part of its description.
      if (field === 8 || field === 9) isEncrypted = true;
      reader.skip(type);
    }
  });
  const integerOf = (field: number): number => integers.get(field) ?? UNKNOWN;
  return {
    path: path ?? "",
    isElsewhere,
    isEncrypted: isEncrypted || path === null,
    type: integerOf(TYPE),
    codec: integerOf(CODEC),
    values: integerOf(VALUES),
    uncompressedBytes: integerOf(UNCOMPRESSED),
    compressedBytes: integerOf(COMPRESSED),
    dataOffset: integerOf(DATA_OFFSET),
    dictionaryOffset: integers.get(DICTIONARY_OFFSET) ?? 0,
  };
}

/** Returns the path of the column, and adds its integers. */
function columnFields(reader: CompactReader, integers: Map<number, number>): string {
  const path: string[] = [];
  reader.eachField((field, type) => {
    if (field === PATH && type === LIST) {
      const { length, type: inner } = reader.listHead();
      for (let index = 0; index < length; index += 1) {
        if (inner === BINARY) path.push(Buffer.from(reader.binary()).toString("utf8"));
        else reader.skip(inner);
      }
    } else if (reader.isInteger(type)) integers.set(field, reader.integer());
    else reader.skip(type);
  });
  return path.join(".");
}
