/** Reads ranges of an object at once, and returns parts of them from memory. */
import type { ByteRange } from "../byte-range.ts";
import type { ReadRange } from "./byte-window.ts";

/** Bytes outside of the ranges are read when they are requested. */
export async function readAhead(read: ReadRange, ranges: readonly ByteRange[]): Promise<ReadRange> {
  const held: { readonly range: ByteRange; readonly bytes: Uint8Array<ArrayBuffer> }[] = [];
  for (const range of ranges) held.push({ range, bytes: await read(range) });
  return ({ start, end }) => {
    const found = held.find(({ range }) => range.start <= start && end <= range.end);
    if (found === undefined) return read({ start, end });
    return Promise.resolve(found.bytes.subarray(start - found.range.start, end - found.range.start));
  };
}
