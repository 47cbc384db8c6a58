/** One object of a load, pinned to the content that it had when the load began. */
import { objectPlaces, type Place } from "@trilane/feature-groups";
import type { ObjectFormat } from "../formats/index.ts";

export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
}

export interface SourceObject extends ObjectAddress {
  /** The object store's text, with its quotes. */
  readonly etag: string;
  /** The size in bytes. */
  readonly size: number;
  /** Milliseconds since 1970, in whole seconds: listings are finer than single answers, and both must agree. */
  readonly lastModifiedMs: number;
  readonly format: ObjectFormat;
}

/**
 * The places of an object's rows. The ETag is part of the object's identity: two uploads to one address within a second
 * have the same time, and one of them must win as a whole.
 */
export function placesOf({ bucket, key, etag, lastModifiedMs }: SourceObject): (row: number) => Place {
  return objectPlaces({ lastModifiedMs, identity: [bucket, key, etag.replaceAll('"', "")] });
}

export function uriOf({ bucket, key }: ObjectAddress): string {
  return `s3://${bucket}/${key}`;
}
