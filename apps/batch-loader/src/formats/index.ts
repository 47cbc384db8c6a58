/** What an object holds, by the end of its name. */

export interface ObjectFormat {
  readonly content: "parquet" | "ndjson" | "csv";
  readonly isGzipped: boolean;
}

export const FORMATS_TEXT = ".parquet, .ndjson, .jsonl and .csv, the last three also with .gz";

const CONTENT_OF: Readonly<Record<string, ObjectFormat["content"]>> = {
  parquet: "parquet",
  ndjson: "ndjson",
  jsonl: "ndjson",
  csv: "csv",
};

/** Null where the name promises nothing that can be loaded. */
export function formatOf(key: string): ObjectFormat | null {
  const name = key.slice(key.lastIndexOf("/") + 1).toLowerCase();
  const isGzipped = name.endsWith(".gz");
  const stem = isGzipped ? name.slice(0, -".gz".length) : name;
  const extension = stem.includes(".") ? stem.slice(stem.lastIndexOf(".") + 1) : "";
  const content = Object.hasOwn(CONTENT_OF, extension) ? CONTENT_OF[extension] : undefined;
  if (content === undefined || (isGzipped && content === "parquet")) return null;
  return { content, isGzipped };
}
