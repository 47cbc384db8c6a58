/** The text of a whole object, decompressed where its name or its first bytes say that it is compressed. */
import { decompressed } from "./compression.ts";
import { plainText } from "./first-bytes.ts";
import type { FormatLimits, ObjectBytes } from "./format.ts";

/** @throws LoadError OBJECT_UNREADABLE for what is no text, and what `object` throws */
export function wholeText(
  object: ObjectBytes,
  { decompressedBytesMax: bytesMax, isJson }: Pick<FormatLimits, "decompressedBytesMax"> & { readonly isJson: boolean },
): AsyncIterable<Uint8Array> {
  const chunks = object.stream({ start: 0, end: object.size });
  const options = { object: object.uri, bytesMax, isJson };
  const { compression } = object;
  return plainText(compression === null ? chunks : decompressed(chunks, compression, options), options);
}
