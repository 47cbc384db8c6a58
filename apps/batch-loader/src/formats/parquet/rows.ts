/**
 * The rows of neighbouring Parquet row groups, some at a time.
 *
 * Columns are decoded page by page, and large pages in pieces, as far as they
 * are all needed for the next rows. So the memory depends on the size of pages,
 * and other work of the process has its turn between two pieces. Every column must have exactly the
 * row group's number of values; otherwise missing values would become absent
 * fields.
 *
 * A damaged row group ends where the damage is. Rows before the damage may
 * already have been returned, and each of them is whole. The other row groups
 * are read, and the damage is reported after the last one.
 */
import type { Compressors } from "hyparquet-compressors";
import { messageOf } from "@trilane/write-through";
import { LoadError, unreadable } from "../../errors.ts";
import type { RowSlice } from "../row-slice.ts";
import type { ReadRange } from "./byte-window.ts";
import type { ParquetFooter, RowGroupPlace } from "./footer.ts";
import { LeafColumn, type LeafLimits } from "./leaf-column.ts";
import { RowGatherer } from "./row-gatherer.ts";
import { TopColumn } from "./top-column.ts";
import { Turn } from "./turn.ts";

export interface RowsLimits extends LeafLimits {
  readonly recordsPerSlice: number;
  readonly sliceBytesMax: number;
  /** Bytes of all pages that are decoded at one time. */
  readonly parquetDecodedBytesMax: number;
  /** Bytes of everything that is read ahead. */
  readonly parquetReadAheadBytes: number;
}

export interface RowsOptions {
  readonly object: string;
  readonly footer: ParquetFooter;
  /** Neighbouring row groups, in their order. */
  readonly rowGroups: readonly RowGroupPlace[];
  readonly read: ReadRange;
  readonly compressors: Compressors;
  readonly limits: RowsLimits;
}

const WINDOW_BYTES_MIN = 262_144;
const WINDOW_BYTES_MAX = 8_388_608;
/** Rows that are assembled without a turn for other work. */
const ROWS_PER_TURN = 2_048;

/** @throws LoadError OBJECT_UNREADABLE with the row group and the column */
export async function* parquetRows(options: RowsOptions): AsyncGenerator<RowSlice, void> {
  const gatherer = new RowGatherer(options.limits);
  let damage: LoadError | null = null;
  for (const place of options.rowGroups) {
    try {
      for await (const { rows, firstRow } of rowsOfGroup(place, options)) yield* gatherer.add(rows, firstRow);
    } catch (error) {
      if (error instanceof LoadError) throw error;
      const problem = `row group ${place.index} cannot be decoded (${messageOf(error)})`;
      damage ??= unreadable(options.object, `${problem}; write or upload the file again`, error);
    }
  }
  yield* gatherer.rest();
  if (damage !== null) throw damage;
}

interface Rows {
  readonly rows: readonly object[];
  /** The row in the object, from 0. */
  readonly firstRow: number;
}

async function* rowsOfGroup(place: RowGroupPlace, options: RowsOptions): AsyncGenerator<Rows, void> {
  const columns = columnsOf(place, options);
  const turn = new Turn();
  let row = 0;
  while (row < place.rows) {
    for (const column of columns) {
      if (column.available > 0) continue;
      await column.fill();
      await turn.give();
    }
    checkHeld(columns, options.limits);
    const count = Math.min(place.rows - row, ROWS_PER_TURN, ...columns.map(({ available }) => available));
    if (count === 0) throw endedEarly(columns, place);
    yield { rows: rowsOf(columns, count), firstRow: place.firstRow + row };
    row += count;
    await turn.give();
  }
  await checkEnd(columns, place);
}

function columnsOf(place: RowGroupPlace, options: RowsOptions): readonly TopColumn[] {
  const { footer, read, compressors, limits } = options;
  const leaves = place.leaves.reduce((sum, ofColumn) => sum + ofColumn.length, 0);
  const share = Math.floor(limits.parquetReadAheadBytes / Math.max(1, leaves));
  const windowBytes = Math.min(WINDOW_BYTES_MAX, Math.max(WINDOW_BYTES_MIN, share));
  const { rows } = place;
  return footer.columnsRead.map((column, index) => {
    const chunks = place.leaves[index] ?? [];
    const opened = chunks.map((chunk) => new LeafColumn({ chunk, rows, read, windowBytes, compressors, limits }));
    return new TopColumn(column, opened);
  });
}

function checkHeld(columns: readonly TopColumn[], { parquetDecodedBytesMax: bytesMax }: RowsLimits): void {
  const bytes = columns.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
  if (bytes <= bytesMax) return;
  throw new RangeError(`its pages take ${bytes} bytes together, at most ${bytesMax} fit: write smaller pages`);
}

function endedEarly(columns: readonly TopColumn[], { rows }: RowGroupPlace): RangeError {
  const column = columns.find(({ available }) => available === 0);
  if (column === undefined) return new RangeError("none of its columns is read");
  return new RangeError(`the column "${column.name}" has ${column.rowsSeen} values for ${rows} rows`);
}

async function checkEnd(columns: readonly TopColumn[], { rows }: RowGroupPlace): Promise<void> {
  for (const column of columns) {
    await column.fill();
    if (column.available > 0) {
      throw new RangeError(`the column "${column.name}" has ${column.rowsSeen} values for ${rows} rows`);
    }
  }
}

function rowsOf(columns: readonly TopColumn[], count: number): readonly object[] {
  const names = columns.map(({ name }) => name);
  const values = columns.map((column) => column.take(count));
  const rows = new Array<object>(count);
  for (let row = 0; row < count; row += 1) {
    const input: Record<string, unknown> = {};
    for (let column = 0; column < names.length; column += 1) {
      input[names[column] as string] = values[column]?.[row];
    }
    rows[row] = input;
  }
  return rows;
}
