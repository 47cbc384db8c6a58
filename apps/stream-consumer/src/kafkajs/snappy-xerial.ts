/**
 * Snappy in the form of Kafka's Java clients: the framing of xerial's
 * snappy-java, `\x82SNAPPY\0`, two versions, then blocks that each begin with
 * their length. Other clients write one bare block; both forms are read.
 */
import { compress, uncompress } from "snappy";

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const VERSION = 1;
const HEADER_BYTES = 16;
const LENGTH_BYTES = 4;
const BLOCK_BYTES = 32_768;

export async function compressXerial(bytes: Buffer): Promise<Buffer> {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeInt32BE(VERSION, MAGIC.length);
  header.writeInt32BE(VERSION, MAGIC.length + LENGTH_BYTES);
  const parts: Buffer[] = [header];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = await compress(bytes.subarray(at, at + BLOCK_BYTES));
    parts.push(lengthOf(block), block);
  }
  return Buffer.concat(parts);
}

/** @throws RangeError for more than `bytesMax` bytes or a damaged frame; snappy's own errors */
export async function decompressXerial(bytes: Buffer, bytesMax: number): Promise<Buffer> {
  const blocks = bytes.subarray(0, MAGIC.length).equals(MAGIC) ? blocksOf(bytes) : [bytes];
  const size = blocks.reduce((sum, block) => sum + uncompressedBytes(block), 0);
  if (size > bytesMax) throw new RangeError(`it holds ${size} bytes, at most ${bytesMax} fit`);
  const parts = await Promise.all(blocks.map((block) => uncompress(block, { asBuffer: true })));
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

function blocksOf(bytes: Buffer): readonly Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const length = bytes.readInt32BE(at);
    at += LENGTH_BYTES;
    if (length < 0 || at + length > bytes.length) throw new RangeError("a block is longer than what is left");
    blocks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return blocks;
}

/** The varint at the beginning of a block, which is checked before anything is allocated. */
function uncompressedBytes(block: Buffer): number {
  let size = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = block.readUInt8(index);
    size += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return size;
  }
  throw new RangeError("a block does not begin with its length");
}

function lengthOf(block: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeInt32BE(block.length);
  return length;
}
