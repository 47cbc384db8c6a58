/**
 * Decompresses a stream of gzip members, and never holds more than a few
 * chunks. A truncated or damaged stream is an error, never a shorter text.
 * Node's decompressor ends at a zero byte after a member, as if it were
 * padding, so the bytes that it leaves are checked. Zeros up to the end are
 * padding, anything else is not.
 */
import { createGunzip, type Gunzip } from "node:zlib";
import { messageOf } from "@trilane/write-through";
import { LoadError, unreadable } from "../errors.ts";

export interface GunzipOptions {
  /** For messages. */
  readonly object: string;
  readonly bytesMax: number;
}

const CHUNK_BYTES = 262_144;

/** @throws LoadError OBJECT_UNREADABLE; the source's own errors */
export async function* gunzipped(
  chunks: AsyncIterable<Uint8Array>,
  { object, bytesMax }: GunzipOptions,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const feeding = feed(gunzip, chunks);
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        throw unreadable(object, `decompressed it is larger than ${bytesMax} bytes: split the file`);
      }
      yield chunk;
    }
    checkConsumed(object, gunzip.bytesWritten, await feeding);
  } catch (error) {
    if (error instanceof LoadError || !isZlibError(error)) throw error;
    throw unreadable(object, `the gzip stream is truncated or damaged (${messageOf(error)}); upload it again`, error);
  } finally {
    gunzip.destroy();
    await feeding;
  }
}

interface SourceEnds {
  readonly bytes: number;
  /** The position after the last byte that is not zero. */
  readonly bytesBeforePadding: number;
}

function checkConsumed(object: string, consumed: number, { bytes, bytesBeforePadding }: SourceEnds): void {
  if (bytes === 0)
    throw unreadable(object, "it has no bytes, not even those of an empty gzip; was the upload cut off?");
  if (bytesBeforePadding <= consumed) return;
  const problem = `the gzip stream is damaged: it ends at byte ${consumed} of ${bytes}, and other bytes follow`;
  throw unreadable(object, `${problem}; upload it again`);
}

/** Passes all chunks on, as fast as they are taken. It never rejects: the source's errors reach the reader. */
async function feed(gunzip: Gunzip, chunks: AsyncIterable<Uint8Array>): Promise<SourceEnds> {
  let bytes = 0;
  let bytesBeforePadding = 0;
  try {
    for await (const chunk of chunks) {
      const last = chunk.findLastIndex((byte) => byte !== 0);
      if (last !== -1) bytesBeforePadding = bytes + last + 1;
      bytes += chunk.length;
      // If the decompressor has closed with bytes left, the rest is only checked. If an error or its reader has closed
      // it, it is not.
      if (gunzip.errored !== null || (gunzip.destroyed && !gunzip.readableEnded)) break;
      if (!gunzip.readableEnded && !gunzip.write(chunk)) await takesMore(gunzip);
    }
    if (!gunzip.destroyed) gunzip.end();
  } catch (error) {
    gunzip.destroy(error instanceof Error ? error : new Error(String(error)));
  }
  return { bytes, bytesBeforePadding };
}

function takesMore(gunzip: Gunzip): Promise<void> {
  const events = ["drain", "end", "close"] as const;
  return new Promise((resolve) => {
    const settle = (): void => {
      for (const event of events) gunzip.off(event, settle);
      resolve();
    };
    for (const event of events) gunzip.on(event, settle);
  });
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("Z_");
}
