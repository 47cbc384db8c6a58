/**
 * Decompresses Parquet pages. Where Node has the codec, Node's is used: it is
 * faster, and it notices damage that the portable ones do not. No page becomes
 * larger than its header says, or than the limit.
 */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { type Compressors, compressors as portable } from "hyparquet-compressors";

type Decompress = (input: Uint8Array, outputLength: number) => Uint8Array;

export function parquetCompressors(pageBytesMax: number): Compressors {
  const bounded =
    (decompress: Decompress): Decompress =>
    (input, outputLength) => {
      if (outputLength > pageBytesMax) {
        throw new RangeError(`a page of ${outputLength} bytes is larger than the limit of ${pageBytesMax}`);
      }
      // A page of nulls is empty, and some writers then compress nothing at all.
      if (outputLength === 0) return new Uint8Array();
      const page = decompress(input, outputLength);
      if (page.length === outputLength) return page;
      throw new RangeError(`a page decompresses to ${page.length} bytes, its header says ${outputLength}`);
    };
  const all: Record<string, Decompress> = { ...(portable as Record<string, Decompress>) };
  all["GZIP"] = (input, maxOutputLength) => gunzipSync(input, { maxOutputLength });
  all["ZSTD"] = (input, maxOutputLength) => zstdDecompressSync(input, { maxOutputLength });
  all["BROTLI"] = (input, maxOutputLength) => brotliDecompressSync(input, { maxOutputLength });
  return Object.fromEntries(Object.entries(all).map(([codec, decompress]) => [codec, bounded(decompress)]));
}
