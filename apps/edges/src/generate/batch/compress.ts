/**
 * Compressed bodies of record batches. Snappy and LZ4 are written by hand, with
 * literals and with copies of repeated bytes, so that no library of the
 * product has a part in them; gzip and zstd are those of Node.js.
 */
import { gzipSync, zstdCompressSync } from "node:zlib";

export const CODEC_NAMES = ["none", "gzip", "snappy", "snappy-bare", "lz4", "zstd"] as const;
export type CodecName = (typeof CODEC_NAMES)[number];

export const CODEC_NUMBERS: Readonly<Record<CodecName, number>> = {
  none: 0,
  gzip: 1,
  snappy: 2,
  "snappy-bare": 2,
  lz4: 3,
  zstd: 4,
};

export function compressed(codec: CodecName, bytes: Buffer): Buffer {
  switch (codec) {
    case "none":
      return bytes;
    case "gzip":
      return gzipSync(bytes);
    case "zstd":
      return zstdCompressSync(bytes);
    case "snappy":
      return xerial(bytes);
    case "snappy-bare":
      return snappyBlock(bytes);
    case "lz4":
      return lz4Frame(bytes);
  }
}

interface Run {
  readonly literal: Buffer;
  /** How often the last byte of the literal is repeated behind it. */
  readonly repeats: number;
}

const RUN_MIN = 8;

/** Literals, each followed by repetitions of its last byte. */
function runsOf(bytes: Buffer, repeatsMax: number): readonly Run[] {
  const runs: Run[] = [];
  let from = 0;
  for (let at = 1; at < bytes.length; at += 1) {
    let end = at;
    while (end < bytes.length && end - at < repeatsMax && bytes[end] === bytes[at - 1]) end += 1;
    if (end - at < RUN_MIN) continue;
    runs.push({ literal: bytes.subarray(from, at), repeats: end - at });
    from = end;
    at = end;
  }
  return [...runs, { literal: bytes.subarray(from), repeats: 0 }];
}

const XERIAL_HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00, 0, 0, 0, 1, 0, 0, 0, 1]);
const XERIAL_BLOCK_BYTES = 1_000;

function xerial(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += XERIAL_BLOCK_BYTES) {
    const block = snappyBlock(bytes.subarray(at, at + XERIAL_BLOCK_BYTES));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(block.length);
    blocks.push(length, block);
  }
  return Buffer.concat([XERIAL_HEADER, ...blocks]);
}

const SNAPPY_COPY_MAX = 64;
const SNAPPY_LITERAL_MAX = 65_536;

function snappyBlock(bytes: Buffer): Buffer {
  const parts = [unsignedVarint(bytes.length)];
  for (const { literal, repeats } of runsOf(bytes, SNAPPY_COPY_MAX)) {
    for (let at = 0; at < literal.length; at += SNAPPY_LITERAL_MAX) {
      const part = literal.subarray(at, at + SNAPPY_LITERAL_MAX);
      // 61: the length less one follows in two bytes.
      parts.push(Buffer.from([61 << 2, (part.length - 1) & 0xff, (part.length - 1) >> 8]), part);
    }
    // A copy with an offset of two bytes, which is 1.
    if (repeats > 0) parts.push(Buffer.from([((repeats - 1) << 2) | 2, 1, 0]));
  }
  return Buffer.concat(parts);
}

const LZ4_BLOCK_BYTES = 65_536;
const LZ4_HIGH_BIT = 0x80_00_00_00;
/** A block ends with so many literals. */
const LZ4_TAIL_BYTES = 12;

function lz4Frame(bytes: Buffer): Buffer {
  // Version 1, independent blocks; blocks of 64 KiB.
  const descriptor = Buffer.from([0x60, 0x40]);
  const head = Buffer.from([0x04, 0x22, 0x4d, 0x18, ...descriptor, (shortXxh32(descriptor) >>> 8) & 0xff]);
  const parts: Buffer[] = [head];
  for (let at = 0; at < bytes.length; at += LZ4_BLOCK_BYTES) {
    const plain = bytes.subarray(at, at + LZ4_BLOCK_BYTES);
    const block = lz4Block(plain);
    const isStored = block.length >= plain.length;
    const size = Buffer.alloc(4);
    size.writeUInt32LE(isStored ? (plain.length | LZ4_HIGH_BIT) >>> 0 : block.length);
    parts.push(size, isStored ? plain : block);
  }
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

function lz4Block(bytes: Buffer): Buffer {
  const body = bytes.subarray(0, Math.max(0, bytes.length - LZ4_TAIL_BYTES));
  const tail = bytes.subarray(body.length);
  const runs = runsOf(body, LZ4_BLOCK_BYTES);
  return Buffer.concat(
    runs.map(({ literal, repeats }, index) =>
      index < runs.length - 1 ? lz4Sequence(literal, repeats) : lz4Sequence(Buffer.concat([literal, tail]), 0),
    ),
  );
}

/** Without repetitions it is the last one. */
function lz4Sequence(literal: Buffer, repeats: number): Buffer {
  const match = repeats === 0 ? 0 : repeats - 4;
  const token = Buffer.from([(Math.min(literal.length, 15) << 4) | Math.min(match, 15)]);
  const offset = repeats === 0 ? [] : [Buffer.from([1, 0]), lz4Length(match)];
  return Buffer.concat([token, lz4Length(literal.length), literal, ...offset]);
}

function lz4Length(length: number): Buffer {
  if (length < 15) return Buffer.alloc(0);
  const bytes: number[] = [];
  let left = length - 15;
  for (; left >= 255; left -= 255) bytes.push(255);
  return Buffer.from([...bytes, left]);
}

/** XXH32 of fewer than four bytes, with the seed 0. */
function shortXxh32(bytes: Buffer): number {
  let hash = (374_761_393 + bytes.length) >>> 0;
  for (const byte of bytes) {
    hash = (hash + Math.imul(byte, 374_761_393)) >>> 0;
    hash = Math.imul((hash << 11) | (hash >>> 21), 2_654_435_761) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_519) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_917) >>> 0;
  return (hash ^ (hash >>> 16)) >>> 0;
}

export function unsignedVarint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) + 0x80);
  return Buffer.from([...bytes, left]);
}
