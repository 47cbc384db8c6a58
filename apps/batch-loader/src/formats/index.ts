/**
 * The formats that can be loaded. To add one, write a file that exports a
 * `Format`, and its line in `FORMATS`.
 */
import { csv } from "./csv/format.ts";
import { type Compression, COMPRESSION_ENDS } from "./compression.ts";
import type { Format, FormatOptions, OpenFormat } from "./format.ts";
import { ndjson } from "./ndjson/format.ts";
import { parquet } from "./parquet/format.ts";

const FORMATS: readonly Format[] = [parquet, ndjson, csv];

/** The format of an object, by the end of its name. */
export interface ObjectFormat {
  readonly format: Format;
  readonly compression: Compression | null;
}

const BY_EXTENSION = byExtension(FORMATS);

/** For messages: `.parquet, .ndjson, .ndjson.gz, …` */
export const NAME_ENDS: string = FORMATS.flatMap(({ extensions, mayBeCompressed }) => {
  const ends = mayBeCompressed ? [...COMPRESSION_ENDS.keys()] : [];
  return extensions.flatMap((extension) => [`.${extension}`, ...ends.map((end) => `.${extension}${end}`)]);
}).join(", ");

/** Null where no format has such a name. */
export function formatOf(key: string): ObjectFormat | null {
  const name = key.slice(key.lastIndexOf("/") + 1).toLowerCase();
  const [end = "", compression = null] = [...COMPRESSION_ENDS].find(([ending]) => name.endsWith(ending)) ?? [];
  const stem = name.slice(0, name.length - end.length);
  const extension = stem.includes(".") ? stem.slice(stem.lastIndexOf(".") + 1) : "";
  const format = BY_EXTENSION.get(extension);
  return format === undefined || (compression !== null && !format.mayBeCompressed) ? null : { format, compression };
}

export type OpenFormats = (format: Format) => OpenFormat;

/** All formats for one load; each is opened when it is first needed. */
export function openFormats(options: FormatOptions): OpenFormats {
  const opened = new Map<Format, OpenFormat>();
  return (format) => {
    const known = opened.get(format);
    if (known !== undefined) return known;
    const open = format.open(options);
    opened.set(format, open);
    return open;
  };
}

/** @throws TypeError when two formats claim one extension */
export function byExtension(formats: readonly Format[]): ReadonlyMap<string, Format> {
  const found = new Map<string, Format>();
  for (const format of formats) {
    for (const extension of format.extensions) {
      if (found.has(extension)) throw new TypeError(`two formats claim names that end in .${extension}`);
      found.set(extension, format);
    }
  }
  return found;
}
