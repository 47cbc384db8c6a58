/**
 * The rows of one Parquet row group, from its bytes.
 *
 * The library gives what it could decode; whether that is all is verified here:
 * every column must have exactly the row group's number of values, else the
 * missing ones would become absent fields, and no dictionary index may point
 * nowhere.
 */
import { type AsyncBuffer, type ColumnData, parquetRead } from "hyparquet";
import type { Compressors } from "hyparquet-compressors";
import { messageOf } from "@trilane/write-through";
import { unreadable } from "../../errors.ts";
import { parquetParsers } from "./parsers.ts";
import type { ParquetFooter, RowGroupPlace } from "./footer.ts";
import { shaped } from "./shapes.ts";
import { verifyPageChecksums } from "./page-checksums.ts";
import type { RowSlice } from "../row-slice.ts";

export interface RowGroupOptions {
  readonly object: string;
  readonly size: number;
  readonly footer: ParquetFooter;
  readonly rowGroup: number;
  /** The bytes of `footer.rowGroups[rowGroup].bytes`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly compressors: Compressors;
  readonly recordsPerSlice: number;
}

type Values = ArrayLike<unknown>;

/** @throws LoadError OBJECT_UNREADABLE with the row group and the column. */
export async function* parquetRows(options: RowGroupOptions): AsyncGenerator<RowSlice, void> {
  const place = options.footer.rowGroups[options.rowGroup];
  if (place === undefined) throw damaged(options, "the file has no such row group");
  const columns = await decodeColumns(options, place);
  for (let from = 0; from < place.rows; from += options.recordsPerSlice) {
    const to = Math.min(place.rows, from + options.recordsPerSlice);
    const firstRow = place.firstRow + from;
    const rowOf = (index: number): number => firstRow + index + 1;
    yield {
      inputs: rowsOf(columns, from, to),
      positionOf: (index) => ({ row: rowOf(index) }),
      orderOf: rowOf,
      bad: [],
    };
  }
}

async function decodeColumns(options: RowGroupOptions, place: RowGroupPlace): Promise<ReadonlyMap<string, Values>> {
  const pieces = new Map<string, ColumnData[]>(options.footer.columns.map((name) => [name, []]));
  const onChunk = (piece: ColumnData): void => void pieces.get(piece.columnName)?.push(piece);
  const { metadata } = options.footer;
  const { firstRow, rows, chunks } = place;
  try {
    for (const { start, end } of chunks) {
      verifyPageChecksums(options.bytes.subarray(start - place.bytes.start, end - place.bytes.start));
    }
    await parquetRead({
      file: bufferOf(options, place),
      metadata,
      rowStart: firstRow,
      rowEnd: firstRow + rows,
      onChunk,
      compressors: options.compressors,
      parsers: parquetParsers,
      utf8: false,
      geoparquet: false,
    });
  } catch (error) {
    throw damaged(options, messageOf(error), error);
  }
  return new Map([...pieces].map(([name, parts]) => [name, columnOf(options, { name, parts, rows })]));
}

/** The library asks for parts of the file; all of them lie within the row group. */
function bufferOf({ bytes, size }: RowGroupOptions, place: RowGroupPlace): AsyncBuffer {
  const { start: base, end: limit } = place.bytes;
  return {
    byteLength: size,
    slice(start, end = size) {
      if (start < base || end > limit) throw new RangeError(`bytes ${start}-${end} lie outside the row group`);
      return bytes.buffer.slice(bytes.byteOffset + start - base, bytes.byteOffset + end - base);
    },
  };
}

function columnOf(
  options: RowGroupOptions,
  { name, parts, rows }: { name: string; parts: readonly ColumnData[]; rows: number },
): Values {
  const values = joined(parts);
  if (values.length !== rows) {
    throw damaged(options, `the column "${name}" has ${values.length} values for ${rows} rows`);
  }
  // Null is a value; undefined is what a dictionary gives for an index that it does not have.
  const missing = options.footer.flatColumns.has(name) ? indexOfUndefined(values) : -1;
  if (missing !== -1) throw damaged(options, `the column "${name}" lacks the value of row ${missing}`);
  const shape = options.footer.shapes.get(name);
  return shape === undefined ? values : Array.from(values, (value) => shaped(value, shape));
}

function joined(parts: readonly ColumnData[]): Values {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only.columnData;
  return parts.flatMap(({ columnData }) => Array.from<unknown>(columnData));
}

function indexOfUndefined(values: Values): number {
  for (let index = 0; index < values.length; index += 1) {
    if (values[index] === undefined) return index;
  }
  return -1;
}

function rowsOf(columns: ReadonlyMap<string, Values>, from: number, to: number): readonly unknown[] {
  const names = [...columns.keys()];
  const values = [...columns.values()];
  const rows = new Array<unknown>(to - from);
  for (let row = from; row < to; row += 1) {
    const input: Record<string, unknown> = {};
    for (let column = 0; column < names.length; column += 1) {
      input[names[column] as string] = values[column]?.[row];
    }
    rows[row - from] = input;
  }
  return rows;
}

function damaged({ object, rowGroup }: RowGroupOptions, problem: string, cause?: unknown): Error {
  return unreadable(
    object,
    `row group ${rowGroup} cannot be decoded (${problem}); write or upload the file again`,
    cause,
  );
}
