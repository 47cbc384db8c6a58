/**
 * Decompresses a stream of gzip members, never holding more than a few chunks.
 * A truncated or damaged stream is an error, never a shorter text.
 */
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { LoadError, messageOf, unreadable } from "./errors.ts";

export interface GunzipOptions {
  /** For messages. */
  readonly object: string;
  readonly bytesMax: number;
}

const CHUNK_BYTES = 262_144;

/** @throws LoadError OBJECT_UNREADABLE; what the source throws, as it is. */
export async function* gunzipped(
  chunks: AsyncIterable<Uint8Array>,
  { object, bytesMax }: GunzipOptions,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  const source = Readable.from(chunks, { objectMode: false });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // Errors of either end arrive at the reader of the other.
  pipeline(source, gunzip, () => undefined);
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        throw unreadable(object, `decompressed it is larger than ${bytesMax} bytes: split the file`);
      }
      yield chunk;
    }
  } catch (error) {
    if (error instanceof LoadError || !isZlibError(error)) throw error;
    throw unreadable(object, `the gzip stream is truncated or damaged (${messageOf(error)}); upload it again`, error);
  } finally {
    gunzip.destroy();
    source.destroy();
  }
  if (bytes === 0) throw unreadable(object, "the gzip stream holds nothing; was the upload cut off?");
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("Z_");
}
