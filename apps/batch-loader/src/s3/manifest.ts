/**
 * Manifests: JSON that lists objects.
 *
 *     { "entries": [ { "url": "s3://bucket/a.parquet", "etag": "…" }, "s3://bucket/b.csv" ] }
 *
 * The ETag is optional. Other fields of an entry, such as Redshift's, are
 * ignored. A bare array of entries is accepted as well.
 */
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { messageOf } from "@trilane/write-through";
import { LoadError } from "../errors.ts";
import type { LoadLimits } from "../limits.ts";
import { sourceError } from "./source-errors.ts";
import { type ObjectAddress, uriOf } from "./source-object.ts";

export interface ManifestEntry {
  readonly uri: string;
  readonly etag: string | null;
}

export async function readManifest(options: {
  readonly s3: S3Client;
  readonly address: ObjectAddress;
  readonly limits: LoadLimits;
  readonly signal?: AbortSignal | undefined;
}): Promise<readonly ManifestEntry[]> {
  const uri = uriOf(options.address);
  try {
    return parseManifest(uri, await manifestText(options));
  } catch (error) {
    options.signal?.throwIfAborted();
    throw sourceError(error, `cannot read the manifest ${uri}`);
  }
}

async function manifestText(options: Parameters<typeof readManifest>[0]): Promise<string> {
  const { s3, address, limits, signal } = options;
  const input = { Bucket: address.bucket, Key: address.key };
  const withIdleLimit = AbortSignal.any([AbortSignal.timeout(limits.idleTimeoutMs), ...(signal ? [signal] : [])]);
  const response = await s3.send(new GetObjectCommand(input), { abortSignal: withIdleLimit });
  if ((response.ContentLength ?? 0) > limits.manifestBytesMax) {
    throw invalid(`the manifest ${uriOf(address)} is larger than ${limits.manifestBytesMax} bytes: split it`);
  }
  return (await response.Body?.transformToString()) ?? "";
}

/** @throws LoadError INVALID_SOURCE */
export function parseManifest(uri: string, text: string): readonly ManifestEntry[] {
  const parsed = parseJson(uri, text);
  const entries: unknown = isObject(parsed) ? (parsed["entries"] ?? parsed["objects"]) : parsed;
  if (!Array.isArray(entries) || entries.length === 0) {
    throw invalid(`the manifest ${uri} lists nothing: expected {"entries": [{"url": "s3://bucket/key"}]}`);
  }
  return entries.map((entry: unknown, index) => parseEntry(uri, entry, index));
}

function parseEntry(uri: string, entry: unknown, index: number): ManifestEntry {
  if (typeof entry === "string") return { uri: entry, etag: null };
  const fields = isObject(entry) ? entry : {};
  const url = fields["url"];
  const etag = fields["etag"] ?? null;
  if (typeof url === "string" && (etag === null || typeof etag === "string")) return { uri: url, etag };
  throw invalid(`entry ${index + 1} of the manifest ${uri}: expected "s3://bucket/key" or {"url", "etag"} with text`);
}

function parseJson(uri: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(`the manifest ${uri} is not JSON: ${messageOf(cause)}`, cause);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(message: string, cause?: unknown): LoadError {
  return new LoadError("INVALID_SOURCE", message, { cause });
}
