/**
 * From an address to the list of objects, sorted and without repetition, so
 * that the same objects make the same load however they were named.
 *
 * Nothing is passed over in silence: an object under a prefix that cannot be
 * loaded is an error, except the markers that other tools leave.
 */
import { HeadObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import { LoadError, messageOf } from "./errors.ts";
import type { LoadLimits } from "./load-limits.ts";
import { readManifest } from "./manifest.ts";
import { FORMATS_TEXT, formatOf, isMarker } from "./object-format.ts";
import { type ObjectAddress, type SourceObject, uriOf } from "./source-object.ts";
import { isTransient } from "./with-attempts.ts";

export interface SourceOptions {
  readonly s3: S3Client;
  readonly source: string;
  /** The source is a manifest whatever its name. */
  readonly isManifest: boolean;
  readonly limits: LoadLimits;
  readonly signal?: AbortSignal | undefined;
}

/** Dead letters of earlier loads are never part of a load of the whole bucket. */
export const DEAD_LETTER_PREFIX = "dead-letters/";

const MANIFEST_SUFFIX = ".manifest.json";
const MS_PER_SECOND = 1_000;

/** @throws LoadError INVALID_SOURCE with the address and the remedy; SOURCE_UNAVAILABLE where there was no answer. */
export async function resolveSource(options: SourceOptions): Promise<readonly SourceObject[]> {
  const address = parseS3Uri(options.source);
  const objects = await objectsOf(options, address);
  if (objects.length > options.limits.objectsMax) {
    const { objectsMax } = options.limits;
    throw invalid(`${options.source} names ${objects.length} objects, at most ${objectsMax} fit in one load: split it`);
  }
  return distinct(objects);
}

/** @throws LoadError INVALID_SOURCE */
export function parseS3Uri(uri: string): ObjectAddress {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,62})(?:\/(.*))?$/su.exec(uri);
  if (match === null) throw invalid(`"${uri}" is not an address: expected s3://bucket/key, or s3://bucket/prefix/`);
  return { bucket: match[1] ?? "", key: match[2] ?? "" };
}

async function objectsOf(options: SourceOptions, address: ObjectAddress): Promise<readonly SourceObject[]> {
  const { s3, limits, signal } = options;
  if (options.isManifest || address.key.endsWith(MANIFEST_SUFFIX)) {
    const entries = await readManifest({ s3, address, limits, signal });
    const limit = pLimit(limits.plansUnderWay);
    return Promise.all(entries.map(({ uri, etag }) => limit(() => headObject(options, parseS3Uri(uri), etag))));
  }
  const isPrefix = address.key === "" || address.key.endsWith("/");
  return isPrefix ? listObjects(options, address) : [await headObject(options, address, null)];
}

async function listObjects(options: SourceOptions, { bucket, key: prefix }: ObjectAddress): Promise<SourceObject[]> {
  const objects: SourceObject[] = [];
  const pages = paginateListObjectsV2({ client: options.s3 }, { Bucket: bucket, Prefix: prefix });
  try {
    for await (const page of pages) {
      options.signal?.throwIfAborted();
      for (const found of page.Contents ?? []) {
        const key = found.Key ?? "";
        if (isMarker(key) || (prefix === "" && key.startsWith(DEAD_LETTER_PREFIX))) continue;
        objects.push(sourceObject({ bucket, key }, found));
      }
      if (objects.length > options.limits.objectsMax) break;
    }
  } catch (error) {
    throw asLoadError(error, `cannot list s3://${bucket}/${prefix}`);
  }
  if (objects.length > 0) return objects;
  throw invalid(`there is no object under s3://${bucket}/${prefix}: check the prefix; it ends in "/"`);
}

async function headObject(
  { s3, signal }: SourceOptions,
  address: ObjectAddress,
  etag: string | null,
): Promise<SourceObject> {
  const uri = uriOf(address);
  const input = { Bucket: address.bucket, Key: address.key };
  const head = await s3
    .send(new HeadObjectCommand(input), signal === undefined ? {} : { abortSignal: signal })
    .catch((error: unknown) => {
      throw asLoadError(error, `cannot find ${uri}; a prefix must end in "/"`);
    });
  const object = sourceObject(address, { ETag: head.ETag, Size: head.ContentLength, LastModified: head.LastModified });
  if (etag === null || unquoted(etag) === unquoted(object.etag)) return object;
  throw new LoadError("OBJECT_CHANGED", `${uri}: the manifest names the ETag ${etag}, the object's is ${object.etag}`, {
    object: uri,
  });
}

interface ObjectFacts {
  readonly ETag?: string | undefined;
  readonly Size?: number | undefined;
  readonly LastModified?: Date | undefined;
}

function sourceObject(address: ObjectAddress, { ETag, Size, LastModified }: ObjectFacts): SourceObject {
  const uri = uriOf(address);
  const format = formatOf(address.key);
  if (format === null) {
    throw invalid(`${uri}: its name does not say what it holds; supported are ${FORMATS_TEXT}. Rename or exclude it`);
  }
  if (ETag === undefined || Size === undefined || LastModified === undefined) {
    throw invalid(`${uri}: the object store gave no ETag, size or time of last change; a load needs all three`);
  }
  const lastModifiedMs = Math.floor(LastModified.getTime() / MS_PER_SECOND) * MS_PER_SECOND;
  return { ...address, etag: ETag, size: Size, lastModifiedMs, format };
}

/** By bucket and key in code-unit order, which no locale changes. */
function distinct(objects: readonly SourceObject[]): readonly SourceObject[] {
  const byUri = new Map(objects.map((object) => [uriOf(object), object]));
  return [...byUri.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, object]) => object);
}

function unquoted(etag: string): string {
  return etag.replaceAll('"', "");
}

function asLoadError(error: unknown, context: string): LoadError {
  if (error instanceof LoadError) return error;
  const name = error instanceof Error ? error.name : "";
  if (isTransient(error)) {
    const message = `${context} now (${name}: ${messageOf(error)}). Run the load again`;
    return new LoadError("SOURCE_UNAVAILABLE", message, { cause: error });
  }
  return new LoadError("INVALID_SOURCE", `${context} (${name}: ${messageOf(error)})`, { cause: error });
}

function invalid(message: string): LoadError {
  return new LoadError("INVALID_SOURCE", message);
}
