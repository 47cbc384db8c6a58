/** The text of a whole object, decompressed where its name or its first bytes say that it is compressed. */
import { plainText } from "./first-bytes.ts";
import type { FormatLimits, ObjectBytes } from "./format.ts";
import { gunzipped } from "./gunzipped.ts";

/** @throws LoadError OBJECT_UNREADABLE for what is no text, and what `object` throws */
export function wholeText(
  object: ObjectBytes,
  { decompressedBytesMax: bytesMax }: Pick<FormatLimits, "decompressedBytesMax">,
): AsyncIterable<Uint8Array> {
  const chunks = object.stream({ start: 0, end: object.size });
  const bounds = { object: object.uri, bytesMax };
  return plainText(object.isGzipped ? gunzipped(chunks, bounds) : chunks, bounds);
}
