/** Files that have made loaders of this kind run out of memory or stand still, and the right outcome of each. */
import { writeGzip, writeZstd } from "./text-files.ts";
import { writeConstantParquet, writeWideParquet } from "./parquet-files.ts";

export type LargeCase = FileCase | TopicCase;

export interface FileCase {
  readonly kind: "file";
  readonly name: string;
  /** Of the file; its end says the format. */
  readonly file: string;
  /** A description of the file, for people. */
  readonly text: string;
  /** Makes it; `share` is 1 for the whole size. */
  readonly make: (path: string, share: number) => Promise<void>;
  readonly outcome: (share: number) => LargeOutcome;
}

/** A batch of a topic, of one record of zeros. */
export interface TopicCase {
  readonly kind: "topic";
  readonly name: string;
  readonly text: string;
  readonly codec: "GZIP" | "ZSTD";
  /** Of the batch, decompressed. */
  readonly bytes: (share: number) => number;
  readonly outcome: (share: number) => LargeOutcome;
}

export interface LargeOutcome {
  readonly exitCode: number;
  /** Rows of which each has a receipt. */
  readonly rows: number;
  /** Of these, refused. */
  readonly dead: number;
  /** A part of the message on standard error, where an object is refused or a partition stops. */
  readonly refusal: string | null;
}

const MIB = 1_048_576;
const WIDE_ROWS = 1_000_000;
const CONSTANT_ROWS = 3_000_000;
const SMALL_ROWS = 100_000;
const LARGE_ROWS = 100;
/** Of text that has no line end, decompressed. */
const BOMB_BYTES = 10_000 * MIB;

const BATCH_BYTES = 900 * MIB;
/** More than fits, whatever the share. */
const BATCH_BYTES_MIN = 65 * MIB;

const refused = (refusal: string) => (): LargeOutcome => ({ exitCode: 1, rows: 0, dead: 0, refusal });
const wholeOf = (rows: number, share: number): number => Math.max(1, Math.round(rows * share));

function topicBomb(codec: TopicCase["codec"]): TopicCase {
  return {
    kind: "topic",
    name: `topic-bomb-${codec.toLowerCase()}`,
    text: `a topic with a batch of ${codec.toLowerCase()} that becomes 900 MiB, a record before it, and one in another partition`,
    codec,
    bytes: (share) => Math.max(BATCH_BYTES_MIN, Math.round(BATCH_BYTES * share)),
    outcome: () => ({ exitCode: 0, rows: 2, dead: 0, refusal: "unreadable-batch" }),
  };
}

export const largeCases: readonly LargeCase[] = [
  {
    kind: "file",
    name: "rows-of-10-kb",
    file: "rows.ndjson.gz",
    text: "1 GB of text in `.ndjson.gz`, 100,000 rows of 10 KB",
    make: (path, share) => writeGzip(path, { rows: wholeOf(SMALL_ROWS, share), rowBytes: 10_000 }),
    outcome: (share) => ({ exitCode: 0, rows: wholeOf(SMALL_ROWS, share), dead: 0, refusal: null }),
  },
  {
    kind: "file",
    name: "rows-of-10-mb",
    file: "large-rows.ndjson.gz",
    text: "1 GB of text in `.ndjson.gz`, 100 rows of 10 MB, each too large for a record, and a good one",
    make: (path, share) => writeGzip(path, { rows: wholeOf(LARGE_ROWS, share), rowBytes: 10_000_000, goodRows: 1 }),
    outcome: (share) => {
      const dead = wholeOf(LARGE_ROWS, share);
      return { exitCode: 0, rows: dead + 1, dead, refusal: null };
    },
  },
  {
    kind: "file",
    name: "wide-parquet",
    file: "wide.parquet",
    text: "Parquet, 1,000,000 rows of 60 columns, of which the group needs five",
    make: (path, share) => writeWideParquet(path, wholeOf(WIDE_ROWS, share)),
    outcome: (share) => ({ exitCode: 0, rows: wholeOf(WIDE_ROWS, share), dead: 0, refusal: null }),
  },
  {
    kind: "file",
    name: "constant-parquet",
    file: "constant.parquet",
    text: "Parquet, 3,000,000 rows of one row group that differ in a number alone: its size says nothing",
    make: (path, share) => writeConstantParquet(path, wholeOf(CONSTANT_ROWS, share)),
    outcome: (share) => ({ exitCode: 0, rows: wholeOf(CONSTANT_ROWS, share), dead: 0, refusal: null }),
  },
  {
    kind: "file",
    name: "gzip-bomb",
    file: "bomb.ndjson.gz",
    text: "a gzip of some MB that becomes a line of 10 GB",
    make: (path, share) => writeGzip(path, { rows: 0, rowBytes: 0, endlessBytes: BOMB_BYTES * share }),
    outcome: refused("is longer than"),
  },
  {
    kind: "file",
    name: "zstd-bomb",
    file: "bomb.csv.zst",
    text: "a zstd of some MB that becomes a CSV record of 10 GB",
    make: (path, share) => writeZstd(path, BOMB_BYTES * share),
    outcome: refused("CSV_MAX_RECORD_SIZE"),
  },
  topicBomb("GZIP"),
  topicBomb("ZSTD"),
];
