/** The compressions of a whole object, and its text. */
import { gunzipped, type GunzipOptions } from "./gunzipped.ts";
import { unzstd } from "./unzstd.ts";

export type Compression = "gzip" | "zstd";

/** The ends of names. */
export const COMPRESSION_ENDS: ReadonlyMap<string, Compression> = new Map([
  [".gz", "gzip"],
  [".zst", "zstd"],
]);

/** @throws LoadError OBJECT_UNREADABLE; the source's own errors */
export function decompressed(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression,
  options: GunzipOptions,
): AsyncGenerator<Uint8Array, void> {
  return compression === "gzip" ? gunzipped(chunks, options) : unzstd(chunks, options);
}
