import { formatOf, type ObjectFormat } from "../src/formats/index.ts";
import type { SourceObject } from "../src/s3/source-object.ts";

export const sourceObject: SourceObject = {
  bucket: "b",
  key: "k.csv",
  etag: '"1"',
  size: 1,
  lastModifiedMs: 1_700_000_000_000,
  format: csvFormat(),
};

function csvFormat(): ObjectFormat {
  const format = formatOf("k.csv");
  if (format === null) throw new TypeError("there is no format for CSV");
  return format;
}
