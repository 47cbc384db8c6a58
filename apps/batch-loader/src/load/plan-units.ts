/**
 * Plans the work units of objects. The same objects always give the same units
 * with the same ids, on which the checkpoints depend.
 */
import pLimit from "p-limit";
import { LoadError } from "../errors.ts";
import type { OpenFormats } from "../formats/index.ts";
import type { ObjectReader } from "../s3/object-reader.ts";
import type { SourceObject } from "../s3/source-object.ts";
import { unitId, type WorkUnit } from "./work-unit.ts";

export interface PlanOptions {
  readonly objects: readonly SourceObject[];
  readonly reader: Pick<ObjectReader, "open">;
  readonly formats: OpenFormats;
  readonly limits: { readonly plansUnderWay: number };
  readonly signal?: AbortSignal | undefined;
}

export interface Plan {
  readonly units: readonly WorkUnit[];
  /** One error for each object without units, because it cannot be read. */
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
  { formats, reader, signal }: PlanOptions,
  object: SourceObject,
  objectIndex: number,
): Promise<readonly WorkUnit[] | LoadError> {
  signal?.throwIfAborted();
  try {
    const parts = await formats(object.format.format).plan(reader.open(object, signal));
    return parts.map((part, index) => ({ id: unitId(objectIndex, index), object, part }));
  } catch (error) {
    if (error instanceof LoadError && !error.retryable) return error;
    throw error;
  }
}
