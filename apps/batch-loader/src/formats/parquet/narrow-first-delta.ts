/**
 * Corrects the first value of a page of 32-bit differences for the library,
 * which reads only 32 bits of it. Some writers treat an unsigned number, or a
 * difference, as one of 64 bits. It then needs 33 bits, and the library loses
 * the highest bit of every value of the page. The same number modulo 2^32 fits.
 */
import type { PlainPage } from "./plain-page.ts";

const LONG_VARINT_BYTES = 5;
const SIZE_FIELDS = 3;

/** Changes the page. `offset`: the position where its values begin. */
export function narrowFirstDelta({ header, page }: PlainPage, offset: number): void {
  const { encoding } = header.data_page_header ?? header.data_page_header_v2 ?? {};
  if (encoding !== "DELTA_BINARY_PACKED") return;
  let start = offset;
  for (let field = 0; field < SIZE_FIELDS; field += 1) start = varintEnd(page, start);
  const end = varintEnd(page, start);
  // A shorter varint fits. A longer one has more than 33 bits, and no page of 32-bit values has it.
  if (end - start !== LONG_VARINT_BYTES) return;
  let zigzag = 0n;
  for (let at = end - 1; at >= start; at -= 1) zigzag = (zigzag << 7n) | BigInt((page[at] ?? 0) & 0x7f);
  const value = BigInt.asIntN(32, (zigzag >> 1n) ^ -(zigzag & 1n));
  let narrowed = BigInt.asUintN(32, (value << 1n) ^ (value >> 31n));
  for (let at = start; at < end; at += 1) {
    page[at] = Number(narrowed & 0x7fn) | (at < end - 1 ? 0x80 : 0);
    narrowed >>= 7n;
  }
}

/** The position after the integer that begins here, or the page's end. */
function varintEnd(page: Uint8Array, from: number): number {
  for (let at = from; at < page.length; at += 1) if ((page[at] ?? 0) < 0x80) return at + 1;
  return page.length;
}
