/** One object of a load, pinned to what it held when the load began. */
import { objectPlaces, type Place } from "@trilane/feature-groups";
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

export function uriOf({ bucket, key }: ObjectAddress): string {
  return `s3://${bucket}/${key}`;
}
