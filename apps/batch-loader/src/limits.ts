/** Every bound of a load, in one place. */
import { outageRetry } from "@trilane/lane-kit";

export interface LoadLimits {
  /** Work units under way at once; memory grows with it. */
  readonly unitsUnderWay: number;
  /** Objects whose layout is read at once before the first unit starts. */
  readonly plansUnderWay: number;
  readonly objectsMax: number;
  /** Size at which NDJSON objects are cut. Part of the load's identity. */
  readonly ndjsonRangeBytes: number;
  readonly lineBytesMax: number;
  readonly csvRecordBytesMax: number;
  /** Records handed to the writer in one call, where a unit is bounded anyway. */
  readonly recordsPerWrite: number;
  /** The same where a unit is a whole object, read as a stream. */
  readonly recordsPerSlice: number;
  /** Of text in such a slice, so that long rows make short slices; memory is a few times that. */
  readonly sliceBytesMax: number;
  /** Compressed size of a Parquet row group, which is held in memory as a whole. */
  readonly rowGroupBytesMax: number;
  readonly parquetFooterBytesMax: number;
  readonly parquetPageBytesMax: number;
  /** Of one object. Decompression is streamed; this bounds what a damaged or hostile file can make of it. */
  readonly decompressedBytesMax: number;
  readonly deadLetterPartBytes: number;
  readonly manifestBytesMax: number;
  /** Milliseconds for units under way to finish after the signal fired. */
  readonly drainMs: number;
  /** Milliseconds without a byte after which a read is given up and resumed. */
  readonly idleTimeoutMs: number;
  /** Attempts in a row without progress. */
  readonly attemptsMax: number;
  /** Attempts to write records and checkpoints while the store or the cache does not take them: half an hour or more. */
  readonly outageAttemptsMax: number;
}

const MIB = 1_048_576;
const GIB = 1_024 * MIB;

export const loadLimitsDefaults: LoadLimits = {
  unitsUnderWay: 2,
  plansUnderWay: 8,
  objectsMax: 100_000,
  ndjsonRangeBytes: 16 * MIB,
  lineBytesMax: 16 * MIB,
  csvRecordBytesMax: 4 * MIB,
  recordsPerWrite: 300_000,
  recordsPerSlice: 100_000,
  sliceBytesMax: 32 * MIB,
  rowGroupBytesMax: GIB,
  parquetFooterBytesMax: 256 * MIB,
  parquetPageBytesMax: GIB,
  decompressedBytesMax: 64 * GIB,
  deadLetterPartBytes: 32 * MIB,
  manifestBytesMax: 64 * MIB,
  drainMs: 25_000,
  idleTimeoutMs: 10_000,
  attemptsMax: 6,
  outageAttemptsMax: outageRetry.attemptsMax,
};
