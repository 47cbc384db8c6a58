/**
 * Computes how large an LZ4 frame may become: the blocks are counted, and none
 * is decompressed. Source: the LZ4 frame format, v1.6.4.
 */
const MAGIC = 0x18_4d_22_04;
const HAS_CONTENT_SIZE = 0x08;
const HAS_DICTIONARY = 0x01;
const HAS_BLOCK_CHECKSUM = 0x10;
const HAS_CONTENT_CHECKSUM = 0x04;
const BLOCK_SIZE_MASK = 0x7f_ff_ff_ff;
/** By the block-size id of the header, in bytes. */
const BLOCK_BYTES: Readonly<Record<number, number>> = { 4: 65_536, 5: 262_144, 6: 1_048_576, 7: 4_194_304 };

/**
 * An upper bound in bytes of all the frames in `bytes`.
 * @throws RangeError where they are not frames, or are cut off
 */
export function lz4FrameBytesMax(bytes: Buffer): number {
  let bytesMax = 0;
  let at = 0;
  while (at < bytes.length) {
    const frame = measureFrame(bytes, at);
    bytesMax += frame.bytesMax;
    at = frame.end;
  }
  return bytesMax;
}

function measureFrame(bytes: Buffer, start: number): { readonly bytesMax: number; readonly end: number } {
  if (bytes.readUInt32LE(start) !== MAGIC) throw new RangeError("it does not begin as an LZ4 frame");
  const flags = bytes.readUInt8(start + 4);
  const blockBytes = BLOCK_BYTES[(bytes.readUInt8(start + 5) >> 4) & 0x07];
  if (blockBytes === undefined) throw new RangeError("its block size is not one of LZ4's");
  const optional = (flags & HAS_CONTENT_SIZE ? 8 : 0) + (flags & HAS_DICTIONARY ? 4 : 0);
  let at = start + 7 + optional;
  let blocks = 0;
  for (;;) {
    const size = bytes.readUInt32LE(at) & BLOCK_SIZE_MASK;
    at += 4;
    if (size === 0) break;
    blocks += 1;
    at += size + (flags & HAS_BLOCK_CHECKSUM ? 4 : 0);
  }
  return { bytesMax: blocks * blockBytes, end: at + (flags & HAS_CONTENT_CHECKSUM ? 4 : 0) };
}
