/** Every bound of a load, in one place. */
import { outageRetry } from "@trilane/lane-kit";
import type { EngineLimits } from "./engine/reduce-load.ts";

export interface LoadLimits extends EngineLimits {
  /** Work units under way at once; the memory grows with their number. */
  readonly unitsUnderWay: number;
  /** Objects whose layout is read at the same time before the first unit starts. */
  readonly plansUnderWay: number;
  readonly objectsMax: number;
  /** Objects that a report lists; it is the result of a job as well. */
  readonly objectsReportedMax: number;
  readonly deadLetterPartBytes: number;
  readonly manifestBytesMax: number;
  /** Milliseconds without a byte after which a read is given up and resumed. */
  readonly idleTimeoutMs: number;
  /** Attempts in a row without progress. */
  readonly attemptsMax: number;
  /**
   * Attempts to write records and checkpoints while the store or the cache does not take them, in half an hour or more.
   */
  readonly outageAttemptsMax: number;
}

const MIB = 1_048_576;
const GIB = 1_024 * MIB;

export const loadLimitsDefaults: LoadLimits = {
  unitsUnderWay: 2,
  plansUnderWay: 8,
  objectsMax: 100_000,
  objectsReportedMax: 50,
  ndjsonRangeBytes: 16 * MIB,
  lineBytesMax: 16 * MIB,
  csvRecordBytesMax: 4 * MIB,
  recordsPerWrite: 150_000,
  recordsPerSlice: 100_000,
  sliceBytesMax: 32 * MIB,
  parquetPartBytesMax: 8 * MIB,
  parquetPartRowsMax: 4_096,
  parquetFooterBytesMax: 32 * MIB,
  // DuckDB writes pages of up to 100 MB, most others of 1 MB.
  parquetPageBytesMax: 128 * MIB,
  parquetPageValuesMax: 8 * MIB,
  parquetPieceValuesMax: 32_768,
  parquetDecodedBytesMax: 512 * MIB,
  parquetReadAheadBytes: 64 * MIB,
  decompressedBytesMax: 64 * GIB,
  deadLetterPartBytes: 32 * MIB,
  manifestBytesMax: 64 * MIB,
  drainMs: 25_000,
  idleTimeoutMs: 10_000,
  attemptsMax: 6,
  outageAttemptsMax: outageRetry.attemptsMax,
  engineRowsMin: 100_000,
  engineUnitsMax: 10_000,
  engineDiskBytesMax: 16 * GIB,
  enginePartBytes: MIB,
  enginePartsMax: 256,
};
