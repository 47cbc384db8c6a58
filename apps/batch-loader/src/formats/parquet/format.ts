/** Parquet. Each row group is a part. */
import { unreadable } from "../../errors.ts";
import type { Format, FormatOptions, ObjectBytes } from "../format.ts";
import { missingColumns } from "../missing-columns.ts";
import type { RowSlice } from "../row-slice.ts";
import { parquetCompressors } from "./compressors.ts";
import { FooterCache } from "./footer-cache.ts";
import { parquetRows } from "./rows.ts";

export const parquet: Format = {
  extensions: ["parquet"],
  mayBeGzipped: false,
  open(options) {
    const footers = new FooterCache(options.limits);
    return {
      async plan(object) {
        const { rowGroups } = await footers.read(object);
        return rowGroups.map((_, rowGroup) => ({
          rows: (opened) => rowsOf({ object: opened, rowGroup, footers }, options),
        }));
      },
    };
  },
};

interface RowGroup {
  readonly object: ObjectBytes;
  readonly rowGroup: number;
  readonly footers: FooterCache;
}

async function* rowsOf(
  { object, rowGroup, footers }: RowGroup,
  { columnsNeeded, limits }: FormatOptions,
): AsyncGenerator<RowSlice, void> {
  const { uri, size } = object;
  const footer = await footers.get(object);
  const missing = missingColumns({ object: uri, columnsNeeded, columns: footer.columns });
  if (missing !== null) throw missing;
  const place = footer.rowGroups[rowGroup];
  if (place === undefined) throw unreadable(uri, `it has no row group ${rowGroup}`);
  const bytes = place.bytes.end - place.bytes.start;
  if (bytes > limits.rowGroupBytesMax) {
    const problem = `row group ${rowGroup} takes ${bytes} bytes, at most ${limits.rowGroupBytesMax} fit`;
    throw unreadable(uri, `${problem}: write the file with smaller row groups`);
  }
  yield* parquetRows({
    object: uri,
    size,
    footer,
    rowGroup,
    bytes: await object.bytes(place.bytes),
    compressors: parquetCompressors(limits.parquetPageBytesMax),
    recordsPerSlice: limits.recordsPerWrite,
  });
}
