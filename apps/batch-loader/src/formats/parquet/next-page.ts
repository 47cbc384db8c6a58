/**
 * Takes the next page of a column: its header, whose claims are checked against
 * the limits, and its bytes, which are checked against their checksum.
 */
import { crc32 } from "node:zlib";
import type { PageHeader } from "hyparquet";
import type { ByteWindow } from "./byte-window.ts";
import { checkPageClaims, type PageLimits, readPageHead } from "./page-header.ts";

export interface ColumnPage {
  readonly header: PageHeader;
  /** The header as it stands in the file. */
  readonly headBytes: Uint8Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface NextPageOptions {
  /** The position of the column's first byte, from which pages are named. */
  readonly start: number;
  readonly limits: PageLimits;
}

/** Most headers take some dozens of bytes; a header with statistics of long texts may take as much as the maximum. */
const PAGE_HEAD_BYTES = 4_096;
const PAGE_HEAD_BYTES_MAX = 16_777_216;

/** @throws RangeError that names the page */
export async function nextPage(window: ByteWindow, { start, limits }: NextPageOptions): Promise<ColumnPage> {
  const at = window.position - start;
  const { header, headBytes } = await nextHead(window);
  checkPageClaims(header, limits);
  const bytes = await window.take(header.compressed_page_size);
  if (bytes === null) throw new RangeError(`the page at byte ${at} of its column is cut off`);
  if (header.crc !== undefined && crc32(bytes) !== header.crc >>> 0) {
    throw new RangeError(`the page at byte ${at} of its column differs from its checksum`);
  }
  return { header, headBytes, bytes };
}

async function nextHead(window: ByteWindow): Promise<Omit<ColumnPage, "bytes">> {
  for (let length = PAGE_HEAD_BYTES; ; length *= 4) {
    const held = await window.peek(length);
    const head = readPageHead(held);
    if (head !== null) {
      const headBytes = held.slice(0, head.length);
      window.skip(head.length);
      return { header: head.header, headBytes };
    }
    if (held.length >= window.left || length >= PAGE_HEAD_BYTES_MAX) throw new RangeError("a page header is cut off");
  }
}
