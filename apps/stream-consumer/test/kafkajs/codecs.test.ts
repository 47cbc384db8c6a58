import { randomBytes } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import { compressSync } from "snappy";
import { describe, expect, test } from "vitest";
import { BATCH_BYTES_MAX, type CodecName, codecs } from "../../src/kafkajs/codecs.ts";
import { lz4FrameBytesMax } from "../../src/kafkajs/lz4-frame.ts";

const names = Object.keys(codecs) as CodecName[];
const bodies: readonly (readonly [string, Buffer])[] = [
  ["nothing", Buffer.alloc(0)],
  ["one byte", Buffer.from([7])],
  ["text", Buffer.from('{"origin":"SEA","destination":"SFO"}'.repeat(5_000))],
  ["noise over several blocks", randomBytes(300_001)],
];

describe.each(names)("%s", (name) => {
  const codec = codecs[name];

  test.each(bodies)("gives back %s", async (_body, bytes) => {
    expect((await codec.decompress(await codec.compress(bytes))).equals(bytes)).toBe(true);
  });

  test("refuses what is damaged or cut off", async () => {
    const good = await codec.compress(randomBytes(100_000));
    for (const bad of [good.subarray(0, good.length / 2), randomBytes(1_000)]) {
      await expect(codec.decompress(bad)).rejects.toMatchObject({ code: "BATCH_UNREADABLE" });
    }
  });

  test("refuses what would take too much memory", async () => {
    const bomb = await codec.compress(Buffer.alloc(BATCH_BYTES_MAX + 1));
    await expect(codec.decompress(bomb)).rejects.toMatchObject({ code: "BATCH_UNREADABLE" });
  });
});

test("snappy without the framing of Java's clients is read as well", async () => {
  const bytes = Buffer.from("a bare block ".repeat(100));
  expect((await codecs.snappy.decompress(compressSync(bytes))).equals(bytes)).toBe(true);
});

test("a snappy block that lies about its size is refused before memory is taken", async () => {
  const lie = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00]);
  await expect(codecs.snappy.decompress(lie)).rejects.toMatchObject({ code: "BATCH_UNREADABLE" });
});

test("an LZ4 frame is measured by its blocks", async () => {
  const frame = await codecs.lz4.compress(Buffer.alloc(200_000));
  expect(lz4FrameBytesMax(frame)).toBeGreaterThanOrEqual(200_000);
  expect(() => lz4FrameBytesMax(zstdCompressSync("other"))).toThrow(RangeError);
});
