/**
 * Compression codecs for kafkajs. kafkajs has only gzip, and ends for good on a
 * batch of any other codec. All codecs here bound the decompressed size: a
 * small batch of a hostile producer must not take the process's memory.
 *
 * kafkajs keeps its codecs in a table of the module, so they are registered
 * once per process and for all its clients.
 */
import { promisify } from "node:util";
import { gunzip, gzip, zstdCompress, zstdDecompress } from "node:zlib";
import { messageOf } from "@trilane/write-through";
// This is a CommonJS module; its default export has the names as well.
import kafkajs from "kafkajs";
import { compressFrame, decompressFrame } from "lz4-napi";
import { StreamError } from "../errors.ts";
import { lz4FrameBytesMax } from "./lz4-frame.ts";
import { compressXerial, decompressXerial } from "./snappy-xerial.ts";

export type CodecName = "gzip" | "snappy" | "lz4" | "zstd";

export interface Codec {
  compress(bytes: Buffer): Promise<Buffer>;
  /** @throws StreamError BATCH_UNREADABLE */
  decompress(bytes: Buffer): Promise<Buffer>;
}

/** In the order of Kafka's numbers, from 1 on. */
const CODEC_NAMES: readonly CodecName[] = ["gzip", "snappy", "lz4", "zstd"];
/** The maximum size of one batch of records after decompression. */
export const BATCH_BYTES_MAX: number = 64 * 1_024 * 1_024;

const run = {
  gzip: promisify(gzip),
  gunzip: promisify(gunzip),
  zstdCompress: promisify(zstdCompress),
  zstdDecompress: promisify(zstdDecompress),
};
const bounded = { maxOutputLength: BATCH_BYTES_MAX };

export const codecs: Readonly<Record<CodecName, Codec>> = {
  gzip: codec("gzip", { compress: (bytes) => run.gzip(bytes), decompress: (bytes) => run.gunzip(bytes, bounded) }),
  snappy: codec("snappy", {
    compress: compressXerial,
    decompress: (bytes) => decompressXerial(bytes, BATCH_BYTES_MAX),
  }),
  lz4: codec("lz4", {
    compress: (bytes) => compressFrame(bytes),
    decompress: async (bytes) => {
      const bytesMax = lz4FrameBytesMax(bytes);
      if (bytesMax > BATCH_BYTES_MAX)
        throw new RangeError(`it may hold ${bytesMax} bytes, at most ${BATCH_BYTES_MAX} fit`);
      return decompressFrame(bytes);
    },
  }),
  zstd: codec("zstd", {
    compress: (bytes) => run.zstdCompress(bytes),
    decompress: (bytes) => run.zstdDecompress(bytes, bounded),
  }),
};

/** The codec by Kafka's number; null: not compressed. @throws RangeError for an unknown number */
export function decompressorOf(number: number): Codec["decompress"] | null {
  if (number === 0) return null;
  const name = CODEC_NAMES[number - 1];
  if (name === undefined) throw new RangeError(`its codec is number ${number}, which is none that Kafka has`);
  return (bytes) => codecs[name].decompress(bytes);
}

/** Registers all four codecs in kafkajs. Calling it again changes nothing. */
export function registerCodecs(): void {
  const { CompressionCodecs: table, CompressionTypes: types } = kafkajs;
  table[types.GZIP] = kafkaCodec(codecs.gzip);
  table[types.Snappy] = kafkaCodec(codecs.snappy);
  table[types.LZ4] = kafkaCodec(codecs.lz4);
  table[types.ZSTD] = kafkaCodec(codecs.zstd);
}

/** It has no cause, because kafkajs would treat the cause as the error itself and try again. */
class UnreadableBatchError extends StreamError {
  /** kafkajs reads this property of every error. */
  readonly retriable = false;

  constructor(message: string) {
    super("BATCH_UNREADABLE", message);
  }
}

/** The shape that kafkajs expects; the bytes to compress come inside of an encoder. */
interface KafkaCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

function kafkaCodec({ compress, decompress }: Codec): () => KafkaCodec {
  const own: KafkaCodec = { compress: ({ buffer }) => compress(buffer), decompress };
  return () => own;
}

function codec(name: CodecName, { compress, decompress }: Codec): Codec {
  return {
    compress,
    async decompress(bytes) {
      try {
        return await decompress(bytes);
      } catch (cause) {
        throw new UnreadableBatchError(`a ${name} batch of ${bytes.length} bytes cannot be read: ${messageOf(cause)}`);
      }
    },
  };
}
