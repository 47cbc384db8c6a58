/**
 * Decompresses a stream of zstd frames, and never holds more than a few chunks.
 *
 * Node's decompressor ends at the end of the first frame, and does not report
 * what follows it in the same chunk. Parallel compressors write many frames. So
 * frames are separated here, by the sizes of their blocks, and each is
 * decompressed by itself. Bytes that are neither a frame nor a frame to be
 * skipped are an error.
 */
import { pipeline, Readable } from "node:stream";
import { createZstdDecompress } from "node:zlib";
import { messageOf } from "@trilane/write-through";
import { LoadError, unreadable } from "../errors.ts";
import { ChunkReader } from "./chunk-reader.ts";
import type { GunzipOptions } from "./gunzipped.ts";

const CHUNK_BYTES = 262_144;
const MAGIC_BYTES = 4;
const FRAME = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;
const SIZE_BYTES = [0, 2, 4, 8] as const;
const BLOCK_HEAD_BYTES = 3;
const RUN_BLOCK = 1;
const RESERVED_BLOCK = 3;
const CHECKSUM_BYTES = 4;

/** @throws LoadError OBJECT_UNREADABLE; the source's own errors */
export async function* unzstd(
  chunks: AsyncIterable<Uint8Array>,
  { object, bytesMax }: GunzipOptions,
): AsyncGenerator<Uint8Array, void> {
  const reader = new ChunkReader(chunks);
  let bytes = 0;
  let frames = 0;
  try {
    while (!(await reader.isAtEnd())) {
      frames += 1;
      for await (const chunk of frameText(reader, object)) {
        bytes += chunk.length;
        if (bytes > bytesMax) {
          throw unreadable(object, `decompressed it is larger than ${bytesMax} bytes: split the file`);
        }
        yield chunk;
      }
    }
  } finally {
    await reader.close();
  }
  if (frames === 0)
    throw unreadable(object, "it has no bytes, not even those of an empty zstd; was the upload cut off?");
}

async function* frameText(reader: ChunkReader, object: string): AsyncGenerator<Uint8Array, void> {
  const magic = await taken(reader, MAGIC_BYTES, object);
  const number = magic.readUInt32LE();
  if ((number & SKIPPABLE_MASK) >>> 0 === SKIPPABLE) {
    const length = (await taken(reader, MAGIC_BYTES, object)).readUInt32LE();
    for await (const skipped of reader.pass(length)) if (skipped === null) throw cutOff(object);
    return;
  }
  if (number !== FRAME) throw damaged(object, `at byte ${reader.position - MAGIC_BYTES} no frame begins`);
  const decompressor = createZstdDecompress({ chunkSize: CHUNK_BYTES });
  pipeline(Readable.from(frameBytes(reader, magic, object)), decompressor, () => undefined);
  try {
    for await (const chunk of decompressor as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    if (error instanceof LoadError || !isZstdError(error)) throw error;
    throw damaged(object, messageOf(error), error);
  } finally {
    decompressor.destroy();
  }
}

/** Exactly the bytes of one frame. */
async function* frameBytes(reader: ChunkReader, magic: Uint8Array, object: string): AsyncGenerator<Uint8Array, void> {
  yield magic;
  const [descriptor = 0] = await taken(reader, 1, object);
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 && isSingle ? 1 : (SIZE_BYTES[sizeFlag] ?? 0);
  const headBytes = (isSingle ? 0 : 1) + (DICTIONARY_BYTES[descriptor & 3] ?? 0) + sizeBytes;
  yield Buffer.of(descriptor);
  yield await taken(reader, headBytes, object);
  for (let isLast = false; !isLast;) {
    const head = await taken(reader, BLOCK_HEAD_BYTES, object);
    yield head;
    const number = head.readUIntLE(0, BLOCK_HEAD_BYTES);
    isLast = (number & 1) === 1;
    const kind = (number >> 1) & 3;
    if (kind === RESERVED_BLOCK) throw damaged(object, "a block is of no kind that there is");
    for await (const piece of reader.pass(kind === RUN_BLOCK ? 1 : number >> 3)) {
      if (piece === null) throw cutOff(object);
      yield piece;
    }
  }
  if ((descriptor & CHECKSUM_BYTES) !== 0) yield await taken(reader, CHECKSUM_BYTES, object);
}

async function taken(reader: ChunkReader, length: number, object: string): Promise<Buffer> {
  const bytes = await reader.take(length);
  if (bytes === null) throw cutOff(object);
  return bytes;
}

function cutOff(object: string): LoadError {
  return damaged(object, "it ends within a frame");
}

function damaged(object: string, problem: string, cause?: unknown): LoadError {
  return unreadable(object, `the zstd stream is truncated or damaged (${problem}); upload it again`, cause);
}

function isZstdError(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return false;
  return error.code.startsWith("ZSTD_") || error.code.startsWith("Z_");
}
