/** Parquet. Each row group is a part, and small neighbours are one. */
import { unreadable } from "../../errors.ts";
import type { ByteRange } from "../byte-range.ts";
import type { Format, FormatOptions, ObjectBytes } from "../format.ts";
import { missingColumns } from "../missing-columns.ts";
import type { RowSlice } from "../row-slice.ts";
import type { ReadRange } from "./byte-window.ts";
import { parquetCompressors } from "./compressors.ts";
import { FooterCache } from "./footer-cache.ts";
import type { ParquetFooter } from "./footer.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import { chunkBytesOf, partsOf, plainBytesOf, rangesOf } from "./parts.ts";
import { readAhead } from "./read-ahead.ts";
import type { PartLayout } from "./part-layout.ts";
import { parquetRows } from "./rows.ts";

/** Parts that may take so much memory are decoded one after the other, whatever else is under way. */
const HEAVY_BYTES_MIN = 134_217_728;

/** A part of at most this size is read by one request for each continuous range. */
const READ_AT_ONCE_BYTES_MAX = 8_388_608;

export const parquet: Format = {
  extensions: ["parquet"],
  mayBeCompressed: false,
  open(options) {
    const shared = { options, footers: new FooterCache(options), heavy: new OneAtATime() };
    return {
      async plan(object) {
        const footer = await shared.footers.read(object);
        return partsOf(footer, options.limits).map((rowGroups) => ({
          rows: (opened) => rowsOf(opened, rowGroups, shared),
          layout: (opened) => layoutOf(opened, rowGroups, shared),
        }));
      },
    };
  },
};

/** The values that the parts of one load share. */
interface Shared {
  readonly options: FormatOptions;
  readonly footers: FooterCache;
  readonly heavy: OneAtATime;
}

async function layoutOf(object: ObjectBytes, range: ByteRange, { options, footers }: Shared): Promise<PartLayout> {
  const footer = await footers.get(object);
  checkColumns(object, footer, options);
  const rowGroups = footer.rowGroups.slice(range.start, range.end);
  if (rowGroups.length === 0) throw unreadable(object.uri, `it has no row group ${range.start}`);
  return { footer, rowGroups };
}

async function* rowsOf(object: ObjectBytes, range: ByteRange, shared: Shared): AsyncGenerator<RowSlice, void> {
  const { options, heavy } = shared;
  const { footer, rowGroups } = await layoutOf(object, range, shared);
  const isHeavy = plainBytesOf(rowGroups) >= HEAVY_BYTES_MIN;
  const end = isHeavy ? await heavy.begin() : null;
  try {
    const read: ReadRange = (bytes) => object.bytes(bytes);
    yield* parquetRows({
      object: object.uri,
      footer,
      rowGroups,
      read: chunkBytesOf(rowGroups) <= READ_AT_ONCE_BYTES_MAX ? await readAhead(read, rangesOf(rowGroups)) : read,
      compressors: parquetCompressors(options.limits.parquetPageBytesMax),
      limits: options.limits,
    });
  } finally {
    end?.();
  }
}

function checkColumns({ uri }: ObjectBytes, { columns }: ParquetFooter, { columnsNeeded }: FormatOptions): void {
  const missing = missingColumns({ object: uri, columnsNeeded, columns });
  if (missing !== null) throw missing;
}
