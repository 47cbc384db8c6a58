/**
 * Resolves an address into the list of its objects, sorted and without
 * repetition, so that the same objects make the same load, however they were
 * named.
 *
 * No object is passed over in silence. An object under a prefix that cannot be
 * loaded is an error, except for objects that are no data by their names
 * (`passed-over.ts`), which are counted.
 */
import { HeadObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import { LoadError } from "../errors.ts";
import type { ObjectPrefix } from "../letter-place.ts";
import type { LoadLimits } from "../limits.ts";
import { readManifest } from "./manifest.ts";
import { NAME_ENDS, formatOf } from "../formats/index.ts";
import {
  everyObject,
  type ObjectFilter,
  type PassedOver,
  PassedOverCount,
  passedOverText,
  DEAD_LETTER_PREFIX,
  passOverUnder,
} from "./passed-over.ts";
import { sourceError } from "./source-errors.ts";
import { type ObjectAddress, type SourceObject, uriOf } from "./source-object.ts";

export interface SourceOptions {
  readonly s3: S3Client;
  readonly source: string;
  /** The source is a manifest, whatever its name is. */
  readonly isManifest: boolean;
  /**
   * Chooses among the objects under a prefix. An object that is named by its whole address is loaded, whatever its name
   * is.
   */
  readonly filter?: ObjectFilter | undefined;
  /** The place that a setting names for dead letters; null or absent for none. */
  readonly letterPlace?: ObjectPrefix | null | undefined;
  /** Called with the source, and with each object that a manifest names. Default: every address is allowed. */
  readonly isAllowed?: ((uri: string) => boolean) | undefined;
  readonly limits: LoadLimits;
  readonly signal?: AbortSignal | undefined;
}

export interface ResolvedSource {
  readonly objects: readonly SourceObject[];
  readonly passedOver: readonly PassedOver[];
}

const MANIFEST_SUFFIX = ".manifest.json";
const MS_PER_SECOND = 1_000;

/**
 * @throws LoadError SOURCE_NOT_ALLOWED; INVALID_SOURCE with the address and the remedy; SOURCE_UNAVAILABLE without an
 *   answer
 */
export async function resolveSource(options: SourceOptions): Promise<ResolvedSource> {
  const address = allowedAddress(options, options.source);
  const passedOver = new PassedOverCount();
  const objects = await objectsOf(options, address, passedOver);
  if (objects.length > options.limits.objectsMax) {
    const { objectsMax } = options.limits;
    throw invalid(`${options.source} names ${objects.length} objects, at most ${objectsMax} fit in one load: split it`);
  }
  return { objects: distinct(objects), passedOver: passedOver.all() };
}

function allowedAddress({ isAllowed }: SourceOptions, uri: string): ObjectAddress {
  if (isAllowed === undefined || isAllowed(uri)) return parseS3Uri(uri);
  throw new LoadError("SOURCE_NOT_ALLOWED", `${uri} is not an allowed source: nothing of it was read`);
}

/** @throws LoadError INVALID_SOURCE */
export function parseS3Uri(uri: string): ObjectAddress {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,62})(?:\/(.*))?$/su.exec(uri);
  if (match === null) throw invalid(`"${uri}" is not an address: expected s3://bucket/key, or s3://bucket/prefix/`);
  return { bucket: match[1] ?? "", key: match[2] ?? "" };
}

async function objectsOf(
  options: SourceOptions,
  address: ObjectAddress,
  passedOver: PassedOverCount,
): Promise<readonly SourceObject[]> {
  if (options.isManifest || address.key.endsWith(MANIFEST_SUFFIX)) return manifestObjects(options, address, passedOver);
  const isPrefix = address.key === "" || address.key.endsWith("/");
  return isPrefix ? listObjects(options, address, passedOver) : [await headObject(options, address, null)];
}

async function manifestObjects(
  options: SourceOptions,
  address: ObjectAddress,
  passedOver: PassedOverCount,
): Promise<readonly SourceObject[]> {
  const { s3, limits, signal } = options;
  const entries = await readManifest({ s3, address, limits, signal });
  const limit = pLimit(limits.plansUnderWay);
  const objects = await Promise.all(
    entries.map(({ uri, etag }) => limit(() => headObject(options, allowedAddress(options, uri), etag))),
  );
  // Tools that unload data name a part for each of their workers, with rows or without.
  return objects.filter((object) => {
    if (object.size === 0) passedOver.add("empty", uriOf(object));
    return object.size > 0;
  });
}

function letterPrefixesIn(bucket: string, { letterPlace }: SourceOptions): readonly string[] {
  const isHere = letterPlace !== undefined && letterPlace !== null && letterPlace.bucket === bucket;
  return isHere ? [DEAD_LETTER_PREFIX, letterPlace.prefix] : [DEAD_LETTER_PREFIX];
}

async function listObjects(
  options: SourceOptions,
  { bucket, key: prefix }: ObjectAddress,
  passedOver: PassedOverCount,
): Promise<readonly SourceObject[]> {
  const objects: SourceObject[] = [];
  const passOver = passOverUnder(prefix, options.filter ?? everyObject, letterPrefixesIn(bucket, options));
  const pages = paginateListObjectsV2({ client: options.s3 }, { Bucket: bucket, Prefix: prefix });
  try {
    for await (const page of pages) {
      options.signal?.throwIfAborted();
      for (const found of page.Contents ?? []) {
        const address = { bucket, key: found.Key ?? "" };
        const reason = passOver({ key: address.key, size: found.Size });
        if (reason === null) objects.push(sourceObject(address, found));
        else passedOver.add(reason, uriOf(address));
      }
      if (objects.length > options.limits.objectsMax) break;
    }
  } catch (error) {
    throw sourceError(error, `cannot list s3://${bucket}/${prefix}`);
  }
  if (objects.length > 0) return objects;
  throw nothingUnder(`s3://${bucket}/${prefix}`, passedOver.all());
}

function nothingUnder(uri: string, passedOver: readonly PassedOver[]): LoadError {
  if (passedOver.length === 0) return invalid(`there is no object under ${uri}: check the prefix; it ends in "/"`);
  const remedy = "give the whole address of an object, or a prefix further down, to load it whatever its name";
  return invalid(`all objects under ${uri} are passed over: ${passedOverText(passedOver)}; ${remedy}`);
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
      throw sourceError(error, `cannot find ${uri}; a prefix must end in "/"`);
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
    throw invalid(
      `${uri}: its name does not say what it holds; supported are ${NAME_ENDS}. Rename it, or leave it out with --exclude`,
    );
  }
  if (ETag === undefined || Size === undefined || LastModified === undefined) {
    throw invalid(`${uri}: the object store gave no ETag, size or time of last change; a load needs all three`);
  }
  const lastModifiedMs = Math.floor(LastModified.getTime() / MS_PER_SECOND) * MS_PER_SECOND;
  return { ...address, etag: ETag, size: Size, lastModifiedMs, format };
}

/** Sorted by bucket and key in code-unit order, which no locale changes. */
function distinct(objects: readonly SourceObject[]): readonly SourceObject[] {
  const byUri = new Map(objects.map((object) => [uriOf(object), object]));
  return [...byUri.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, object]) => object);
}

function unquoted(etag: string): string {
  return etag.replaceAll('"', "");
}

function invalid(message: string): LoadError {
  return new LoadError("INVALID_SOURCE", message);
}
