import { randomBytes } from "node:crypto";
import { constants, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { unzstd } from "../../src/formats/unzstd.ts";
import { chunksOf } from "./collect.ts";

const options = { object: "s3://b/a.ndjson.zst", bytesMax: 1_000_000 };

async function textOf(bytes: Uint8Array, chunkBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of unzstd(chunksOf(bytes, chunkBytes), options)) parts.push(part);
  return Buffer.concat(parts);
}

const noise = randomBytes(150_000);
const skipped = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
const checked = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };

describe("unzstd", () => {
  test("gives the text of all frames, however the stream is cut: many frames, runs, noise, skippable ones", async () => {
    const texts = [Buffer.from("a"), Buffer.alloc(300_000, "x"), noise, Buffer.alloc(0), Buffer.from("end")];
    const frames = texts.flatMap((text, index) => [zstdCompressSync(text, index % 2 === 0 ? checked : {}), skipped]);
    const file = Buffer.concat(frames);
    for (const chunkBytes of [7, 1_000, file.length]) {
      expect((await textOf(file, chunkBytes)).equals(Buffer.concat(texts)), String(chunkBytes)).toBe(true);
    }
  });

  test("refuses what is cut, damaged, followed by other bytes, too large, or nothing", async () => {
    const frame = zstdCompressSync(Buffer.concat([noise, Buffer.alloc(10_000, "y")]), checked);
    for (const cut of [1, 3, 5, 8, 100, frame.length - 5, frame.length - 1]) {
      await expect(textOf(frame.subarray(0, cut), 1_000), String(cut)).rejects.toThrow("truncated or damaged");
    }
    await expect(textOf(Buffer.concat([frame, Buffer.from("xxxxxx")]), 1_000)).rejects.toThrow(
      `at byte ${frame.length} no frame begins`,
    );
    await expect(textOf(Buffer.concat([frame, Buffer.alloc(1), frame]), 1_000)).rejects.toThrow("no frame begins");
    const damaged = Buffer.from(frame);
    damaged[70_000] = (damaged[70_000] ?? 0) ^ 1;
    await expect(textOf(damaged, 1_000)).rejects.toMatchObject({ code: "OBJECT_UNREADABLE", object: options.object });
    await expect(textOf(zstdCompressSync(Buffer.alloc(2_000_000)), 1_000)).rejects.toThrow("larger than 1000000 bytes");
    await expect(textOf(Buffer.alloc(0), 1_000)).rejects.toThrow("it has no bytes");
  });

  test("gives what the source throws as it is", async () => {
    const failure = new Error("the source failed");
    async function* failing(): AsyncGenerator<Uint8Array, void> {
      yield zstdCompressSync(noise).subarray(0, 10_000);
      throw failure;
    }
    await expect(unzstd(failing(), options).next()).rejects.toBe(failure);
  });
});
