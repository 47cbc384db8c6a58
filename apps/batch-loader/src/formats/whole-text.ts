/**
 * The text of a whole object, which is decompressed where its name or its first
 * bytes say so.
 */
import { plainText } from "./first-bytes.ts";
import type { FormatLimits, ObjectBytes } from "./format.ts";
import { gunzipped } from "./gunzipped.ts";

/** @throws LoadError OBJECT_UNREADABLE for an object that is no text, and errors of `object` */
export function wholeText(
  object: ObjectBytes,
  { decompressedBytesMax: bytesMax }: Pick<FormatLimits, "decompressedBytesMax">,
): AsyncIterable<Uint8Array> {
  const chunks = object.stream({ start: 0, end: object.size });
  const bounds = { object: object.uri, bytesMax };
  return plainText(object.isGzipped ? gunzipped(chunks, bounds) : chunks, bounds);
}
