/**
 * The id of a load. By default it is that of its plan, so that the same load
 * continues where it ended.
 */
import { createHash } from "node:crypto";
import { definitionDigest, type FeatureGroup } from "@trilane/feature-groups";
import { LoadError } from "../errors.ts";
import type { FormatLimits } from "../formats/format.ts";
import type { SourceObject } from "../s3/source-object.ts";

const PLAN_ID_LENGTH = 24;
/** It changes when the same objects would be cut into other units, or would give other rows. */
const PLAN_VERSION = 4;
const LOAD_ID_SHAPE = /^[A-Za-z0-9._-]{1,100}$/;

/**
 * The identity of a load's plan: the group's definition, the objects with their contents and times, and how they are
 * cut. Equal plans have equal identities, whether the objects come from an address, a prefix or a manifest.
 */
export function planIdOf(options: {
  readonly group: FeatureGroup;
  readonly objects: readonly SourceObject[];
  readonly limits: Pick<FormatLimits, "ndjsonRangeBytes" | "parquetPartBytesMax" | "parquetPartRowsMax">;
}): string {
  const hash = createHash("sha256");
  const { ndjsonRangeBytes, parquetPartBytesMax, parquetPartRowsMax } = options.limits;
  const cuts = [ndjsonRangeBytes, parquetPartBytesMax, parquetPartRowsMax];
  hash.update(JSON.stringify([PLAN_VERSION, cuts, definitionDigest(options.group)]));
  for (const { bucket, key, etag, lastModifiedMs } of options.objects) {
    hash.update(JSON.stringify([bucket, key, etag, lastModifiedMs]));
  }
  return hash.digest("hex").slice(0, PLAN_ID_LENGTH);
}

/** @throws LoadError INVALID_SOURCE */
export function checkLoadId(loadId: string): void {
  if (LOAD_ID_SHAPE.test(loadId)) return;
  throw new LoadError("INVALID_SOURCE", `the load id "${loadId}" is not allowed: up to 100 of A-Z a-z 0-9 . _ -`);
}
