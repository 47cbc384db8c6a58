/** One object of a load, pinned to what it held when the load began. */
import { createHash } from "node:crypto";
import type { ObjectFormat } from "./object-format.ts";

export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
}

export interface SourceObject extends ObjectAddress {
  /** As the object store gave it, with its quotes. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, whole seconds: listings are finer than single answers, and both must agree. */
  readonly lastModifiedMs: number;
  readonly format: ObjectFormat;
}

const LOAD_ID_LENGTH = 24;
/** Changes when the same objects would be cut into other units. */
const PLAN_VERSION = 1;

export function uriOf({ bucket, key }: ObjectAddress): string {
  return `s3://${bucket}/${key}`;
}

/**
 * The identity of a load: the group, the objects with their contents, and how they are cut. Whoever
 * gives the same gets the same, from an object, a prefix or a manifest.
 */
export function loadIdentity(options: {
  readonly group: string;
  readonly objects: readonly SourceObject[];
  readonly ndjsonRangeBytes: number;
}): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([PLAN_VERSION, options.ndjsonRangeBytes, options.group]));
  for (const { bucket, key, etag } of options.objects) hash.update(JSON.stringify([bucket, key, etag]));
  return hash.digest("hex").slice(0, LOAD_ID_LENGTH);
}
