/**
 * From objects to work units. The same objects give the same units with the
 * same ids, whenever they are planned: checkpoints depend on it.
 */
import pLimit from "p-limit";
import { LoadError } from "../errors.ts";
import { checkText, START_BYTES } from "../formats/first-bytes.ts";
import type { FooterCache } from "../formats/parquet/footer-cache.ts";
import type { LoadLimits } from "../limits.ts";
import { ndjsonRanges } from "../formats/ndjson/ranges.ts";
import { tooLong } from "../formats/ndjson/rows.ts";
import type { ObjectReader } from "../s3/object-reader.ts";
import { type SourceObject, uriOf } from "../s3/source-object.ts";
import { unitId, type WorkUnit } from "./work-unit.ts";

export interface PlanOptions {
  readonly objects: readonly SourceObject[];
  readonly reader: ObjectReader;
  readonly footers: FooterCache;
  readonly limits: LoadLimits;
  readonly signal?: AbortSignal | undefined;
}

export interface Plan {
  readonly units: readonly WorkUnit[];
  /** One for each object without units because it cannot be read. */
  readonly failures: readonly LoadError[];
}

/** @throws LoadError SOURCE_UNAVAILABLE, or the signal's reason */
export async function planUnits(options: PlanOptions): Promise<Plan> {
  const limit = pLimit(options.limits.plansUnderWay);
  const planned = await Promise.all(
    options.objects.map((object, index) => limit(() => planObject(options, object, index))),
  );
  return {
    units: planned.flatMap((outcome) => (outcome instanceof LoadError ? [] : outcome)),
    failures: planned.filter((outcome) => outcome instanceof LoadError),
  };
}

async function planObject(
  options: PlanOptions,
  object: SourceObject,
  index: number,
): Promise<readonly WorkUnit[] | LoadError> {
  options.signal?.throwIfAborted();
  try {
    return await unitsOf(options, object, index);
  } catch (error) {
    if (error instanceof LoadError && !error.retryable) return error;
    throw error;
  }
}

async function unitsOf(options: PlanOptions, object: SourceObject, index: number): Promise<readonly WorkUnit[]> {
  const { content, isGzipped } = object.format;
  if (content === "csv") return [{ id: unitId(index, 0), object, kind: "csv" }];
  if (content === "ndjson" && isGzipped) return [{ id: unitId(index, 0), object, kind: "ndjson-gzip" }];
  if (content === "ndjson") return ndjsonUnits(options, object, index);
  const { rowGroups } = await options.footers.read(object, options.signal);
  return rowGroups.map((_, rowGroup) => ({ id: unitId(index, rowGroup), object, kind: "parquet-row-group", rowGroup }));
}

async function ndjsonUnits(
  { reader, limits, signal }: PlanOptions,
  object: SourceObject,
  index: number,
): Promise<readonly WorkUnit[]> {
  const { lineBytesMax } = limits;
  if (object.size > limits.ndjsonRangeBytes) {
    const start = await reader.bytes(object, { start: 0, end: Math.min(object.size, START_BYTES) }, signal);
    // What is no text has no lines to cut at.
    if (checkText(uriOf(object), start) === "gzip") return [{ id: unitId(index, 0), object, kind: "ndjson-gzip" }];
  }
  const ranges = await ndjsonRanges((range) => reader.stream(object, range, signal), {
    size: object.size,
    rangeBytes: limits.ndjsonRangeBytes,
    lineBytesMax,
    tooLong: (startByte) => tooLong({ object: uriOf(object), startByte, lineBytesMax }, 0),
  });
  return ranges.map((range, part) => ({ id: unitId(index, part), object, kind: "ndjson-range", range }));
}
