/** CSV. A line end may stand within quotes, so an object is one part. */
import type { Format, FormatOptions, ObjectBytes } from "../format.ts";
import type { RowSlice } from "../row-slice.ts";
import { wholeText } from "../whole-text.ts";
import { csvRows } from "./rows.ts";

export const csv: Format = {
  extensions: ["csv"],
  mayBeCompressed: true,
  open: (options) => ({
    plan: () => Promise.resolve([{ rows: (object) => rowsOf(object, options) }]),
  }),
};

function rowsOf(
  object: ObjectBytes,
  { columnsNeeded, ranks = null, limits }: FormatOptions,
): AsyncGenerator<RowSlice, void> {
  const { recordsPerSlice, sliceBytesMax, csvRecordBytesMax: recordBytesMax } = limits;
  const { uri } = object;
  return csvRows(wholeText(object, { ...limits, isJson: false }), {
    object: uri,
    columnsNeeded,
    recordsPerSlice,
    sliceBytesMax,
    recordBytesMax,
    ranks,
  });
}
