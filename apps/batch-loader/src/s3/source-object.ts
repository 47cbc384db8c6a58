/** One object of a load, pinned to what it held when the load began. */
import { createHash } from "node:crypto";
import { definitionDigest, type FeatureGroup, objectPlaces, type Place } from "@trilane/feature-groups";
import type { ObjectFormat } from "../formats/index.ts";

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

/**
 * The places of an object's rows. The ETag is part of what the object is called: of two uploads to one
 * address within a second, which have the same time, one wins as a whole as well.
 */
export function placesOf({ bucket, key, etag, lastModifiedMs }: SourceObject): (row: number) => Place {
  return objectPlaces({ lastModifiedMs, identity: [bucket, key, etag.replaceAll('"', "")] });
}

const LOAD_ID_LENGTH = 24;
/** Changes when the same objects would be cut into other units, or give other rows. */
const PLAN_VERSION = 3;

export function uriOf({ bucket, key }: ObjectAddress): string {
  return `s3://${bucket}/${key}`;
}

/**
 * The identity of a load: all that its records come from, which are the group's definition and the objects
 * with their contents and their times; and how they are cut. Whoever gives the same gets the same, from an
 * object, a prefix or a manifest.
 */
export function loadIdentity(options: {
  readonly group: FeatureGroup;
  readonly objects: readonly SourceObject[];
  readonly ndjsonRangeBytes: number;
}): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([PLAN_VERSION, options.ndjsonRangeBytes, definitionDigest(options.group)]));
  for (const { bucket, key, etag, lastModifiedMs } of options.objects) {
    hash.update(JSON.stringify([bucket, key, etag, lastModifiedMs]));
  }
  return hash.digest("hex").slice(0, LOAD_ID_LENGTH);
}
