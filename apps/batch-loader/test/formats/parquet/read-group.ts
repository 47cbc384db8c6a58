/** Row groups of a Parquet file in memory, read as a load reads them. */
import { parquetCompressors } from "../../../src/formats/parquet/compressors.ts";
import { type ParquetFooter, readFooter } from "../../../src/formats/parquet/footer.ts";
import { parquetRows, type RowsLimits, type RowsOptions } from "../../../src/formats/parquet/rows.ts";
import type { RowSlice } from "../../../src/formats/row-slice.ts";
import { loadLimitsDefaults } from "../../../src/limits.ts";
import { collect, type Collected } from "../collect.ts";

export const object = "s3://b/a.parquet";

export function footerOf(
  file: Uint8Array<ArrayBuffer>,
  columnsTaken: readonly string[] | null = null,
): Promise<ParquetFooter> {
  const read = async ({ start, end }: { start: number; end: number }): Promise<Uint8Array<ArrayBuffer>> =>
    file.slice(start, end);
  return readFooter({ object, size: file.length, footerBytesMax: 10_000_000, columnsTaken, read });
}

export interface ReadOptions {
  /** Default: the first. */
  readonly rowGroup?: number;
  readonly columnsTaken?: readonly string[];
  readonly limits?: Partial<RowsLimits>;
  /** Called with each slice, even of a row group that then fails. */
  readonly onSlice?: (slice: RowSlice) => void;
  /** Called with each range that is read. */
  readonly onRead?: (start: number, end: number) => void;
}

export async function readGroup(file: Uint8Array<ArrayBuffer>, options: ReadOptions = {}): Promise<Collected> {
  const footer = await footerOf(file, options.columnsTaken ?? null);
  const limits = { ...loadLimitsDefaults, ...options.limits };
  const { rowGroup = 0, onRead } = options;
  return collect(
    watched(options, {
      object,
      footer,
      rowGroups: footer.rowGroups.slice(rowGroup, rowGroup + 1),
      read: async ({ start, end }) => {
        onRead?.(start, end);
        return file.slice(start, end);
      },
      compressors: parquetCompressors(limits.parquetPageBytesMax),
      limits,
    }),
  );
}

async function* watched({ onSlice }: ReadOptions, rows: RowsOptions): AsyncGenerator<RowSlice, void> {
  for await (const slice of parquetRows(rows)) {
    onSlice?.(slice);
    yield slice;
  }
}

/** The range of the pages of a row group in the file. */
export async function bytesOfGroup(file: Uint8Array<ArrayBuffer>): Promise<{ start: number; end: number }> {
  const chunks = ((await footerOf(file)).rowGroups[0]?.leaves ?? []).flat().map(({ bytes }) => bytes);
  return { start: Math.min(...chunks.map(({ start }) => start)), end: Math.max(...chunks.map(({ end }) => end)) };
}
