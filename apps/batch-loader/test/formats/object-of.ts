/** An object that holds these bytes, in the form that formats read. */
import type { Compression } from "../../src/formats/compression.ts";
import type { ObjectBytes } from "../../src/formats/format.ts";
import { chunksOf } from "./collect.ts";

export function objectOf(bytes: Uint8Array, chunkBytes = 7, compression: Compression | null = null): ObjectBytes {
  return {
    uri: "o",
    size: bytes.length,
    compression,
    bytes: ({ start, end }) => Promise.resolve(new Uint8Array(bytes.slice(start, end))),
    stream: ({ start, end }) => chunksOf(bytes.subarray(start, end), chunkBytes),
  };
}
