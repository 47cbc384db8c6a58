/**
 * A page as it was before compression, with a header that says so. Every page
 * gets memory of its own, so a damaged length cannot reach into the next page.
 */
import type { CompressionCodec, PageHeader } from "hyparquet";
import type { Compressors } from "hyparquet-compressors";

export interface PlainPage {
  readonly header: PageHeader;
  readonly page: Uint8Array<ArrayBuffer>;
}

interface Decompression {
  readonly codec: CompressionCodec;
  readonly compressors: Compressors;
}

/** @throws RangeError for an unknown codec, and errors of a decompressor */
export function plainPage(header: PageHeader, bytes: Uint8Array, how: Decompression): PlainPage {
  const inner = header.data_page_header_v2;
  const size = header.uncompressed_page_size;
  if (inner === undefined) return sized(header, decompressed(bytes, size, how));
  // The levels stand before the data, and are never compressed.
  const levelsBytes = inner.repetition_levels_byte_length + inner.definition_levels_byte_length;
  if (
    inner.repetition_levels_byte_length < 0 ||
    inner.definition_levels_byte_length < 0 ||
    levelsBytes > bytes.length
  ) {
    throw new RangeError("a page header holds impossible numbers");
  }
  const data = bytes.subarray(levelsBytes);
  const isCompressed = inner.is_compressed !== false;
  const plain = isCompressed ? decompressed(data, size - levelsBytes, how) : data;
  const page = new Uint8Array(Buffer.concat([bytes.subarray(0, levelsBytes), plain]));
  // A page of nulls alone may leave out its data, and with this encoding there is nothing to read.
  const encoding = inner.num_values === inner.num_nulls ? "PLAIN" : inner.encoding;
  return sized({ ...header, data_page_header_v2: { ...inner, encoding, is_compressed: false } }, page);
}

function sized(header: PageHeader, page: Uint8Array<ArrayBuffer>): PlainPage {
  if (page.length !== header.uncompressed_page_size) {
    throw new RangeError(`a page has ${page.length} bytes, its header says ${header.uncompressed_page_size}`);
  }
  return { header: { ...header, compressed_page_size: page.length }, page };
}

function decompressed(bytes: Uint8Array, size: number, { codec, compressors }: Decompression): Uint8Array<ArrayBuffer> {
  if (codec === "UNCOMPRESSED") return new Uint8Array(bytes);
  const decompress = compressors[codec];
  if (decompress === undefined) throw new RangeError(`pages are compressed by ${codec}, which cannot be read`);
  const page = decompress(bytes, size);
  // Node's decompressors may return a part of a larger buffer.
  const isOwn = page.buffer instanceof ArrayBuffer && page.byteLength === page.buffer.byteLength;
  return isOwn ? (page as Uint8Array<ArrayBuffer>) : new Uint8Array(page);
}
