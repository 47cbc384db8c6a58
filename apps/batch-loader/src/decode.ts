/** The rows of a work unit, slice by slice. */
import type { FeatureGroup } from "@trilane/feature-groups";
import { csvRows, missingColumns } from "./formats/csv/rows.ts";
import { unreadable } from "./errors.ts";
import { plainText } from "./formats/first-bytes.ts";
import type { FooterCache } from "./formats/parquet/footer-cache.ts";
import { gunzipped } from "./formats/gunzipped.ts";
import type { LoadLimits } from "./limits.ts";
import { ndjsonRows } from "./formats/ndjson/rows.ts";
import type { ObjectReader } from "./s3/object-reader.ts";
import { parquetCompressors } from "./formats/parquet/compressors.ts";
import { parquetRows } from "./formats/parquet/rows.ts";
import type { RowSlice } from "./formats/row-slice.ts";
import { type SourceObject, uriOf } from "./s3/source-object.ts";
import type { WorkUnit } from "./load/work-unit.ts";

export interface DecodeOptions {
  readonly group: FeatureGroup;
  readonly reader: ObjectReader;
  readonly footers: FooterCache;
  readonly limits: LoadLimits;
  readonly signal?: AbortSignal | undefined;
}

/** @throws LoadError OBJECT_UNREADABLE, OBJECT_CHANGED, SOURCE_UNAVAILABLE */
export async function* decodeUnit(unit: WorkUnit, options: DecodeOptions): AsyncGenerator<RowSlice, void> {
  const { limits, reader, signal } = options;
  const object = uriOf(unit.object);
  const { lineBytesMax, recordsPerSlice, sliceBytesMax } = limits;
  switch (unit.kind) {
    case "parquet-row-group":
      return yield* rowGroupRows(unit.object, unit.rowGroup, options);
    case "ndjson-range": {
      const { range } = unit;
      const isWhole = range.start === 0 && range.end === unit.object.size;
      const chunks = isWhole ? textOf(unit.object, options) : reader.stream(unit.object, range, signal);
      const text = {
        object,
        startByte: range.start,
        recordsPerSlice: limits.recordsPerWrite,
        sliceBytesMax,
        lineBytesMax,
      };
      return yield* ndjsonRows(chunks, text);
    }
    case "ndjson-gzip":
      return yield* ndjsonRows(textOf(unit.object, options), {
        object,
        startByte: null,
        recordsPerSlice,
        sliceBytesMax,
        lineBytesMax,
      });
    case "csv": {
      const columnsNeeded = columnsOf(options.group);
      const recordBytesMax = limits.csvRecordBytesMax;
      const rows = { object, columnsNeeded, recordsPerSlice, sliceBytesMax, recordBytesMax };
      return yield* csvRows(textOf(unit.object, options), rows);
    }
  }
}

async function* rowGroupRows(
  object: SourceObject,
  rowGroup: number,
  { group, reader, footers, limits, signal }: DecodeOptions,
): AsyncGenerator<RowSlice, void> {
  const uri = uriOf(object);
  const footer = await footers.get(object, signal);
  const missing = missingColumns({ object: uri, columnsNeeded: columnsOf(group), columns: footer.columns });
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
    size: object.size,
    footer,
    rowGroup,
    bytes: await reader.bytes(object, place.bytes, signal),
    compressors: parquetCompressors(limits.parquetPageBytesMax),
    recordsPerSlice: limits.recordsPerWrite,
  });
}

/** The whole object, decompressed. */
function textOf(object: SourceObject, { reader, limits, signal }: DecodeOptions): AsyncIterable<Uint8Array> {
  const chunks = reader.stream(object, { start: 0, end: object.size }, signal);
  const bounds = { object: uriOf(object), bytesMax: limits.decompressedBytesMax };
  return plainText(object.format.isGzipped ? gunzipped(chunks, bounds) : chunks, bounds);
}

/** Fields without which every single record of the group would be dead. */
export function columnsOf(group: FeatureGroup): readonly string[] {
  const { key, eventTime, sequence, subject } = group;
  const time = "field" in eventTime ? [eventTime.field] : [];
  return [...new Set([...key, ...time, ...[sequence, subject].filter((field) => field !== null)])];
}
