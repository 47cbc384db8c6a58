/**
 * The text of a whole object, which is decompressed where its name or its first
 * bytes say so.
 */
import { decompressed } from "./compression.ts";
import { plainText } from "./first-bytes.ts";
import type { FormatLimits, ObjectBytes } from "./format.ts";

/** @throws LoadError OBJECT_UNREADABLE for an object that is no text, and errors of `object` */
export function wholeText(
  object: ObjectBytes,
  { decompressedBytesMax: bytesMax, isJson }: Pick<FormatLimits, "decompressedBytesMax"> & { readonly isJson: boolean },
): AsyncIterable<Uint8Array> {
  const chunks = object.stream({ start: 0, end: object.size });
  const options = { object: object.uri, bytesMax, isJson };
  const { compression } = object;
  return plainText(compression === null ? chunks : decompressed(chunks, compression, options), options);
}
