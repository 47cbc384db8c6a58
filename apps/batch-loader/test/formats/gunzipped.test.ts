import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { LoadError } from "../../src/errors.ts";
import { gunzipped } from "../../src/formats/gunzipped.ts";
import { chunksOf } from "./collect.ts";

const options = { object: "s3://b/a.ndjson.gz", bytesMax: 1_000_000 };

async function unzip(bytes: Uint8Array, more: Partial<typeof options> = {}, chunkBytes = 11): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of gunzipped(chunksOf(bytes, chunkBytes), { ...options, ...more })) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe("gunzipped", () => {
  const text = "some text, ".repeat(10_000);

  test("reads one member and several", async () => {
    expect(await unzip(gzipSync(text))).toBe(text);
    expect(await unzip(Buffer.concat([gzipSync("a\n"), gzipSync("b\n")]))).toBe("a\nb\n");
  });

  test("refuses truncated and damaged streams, naming the object", async () => {
    const bytes = gzipSync(text);
    for (const length of [0, 5, 30, bytes.length - 9, bytes.length - 1]) {
      await expect(unzip(bytes.subarray(0, length))).rejects.toMatchObject({
        code: "OBJECT_UNREADABLE",
        object: "s3://b/a.ndjson.gz",
      });
    }
    const flipped = Buffer.from(bytes);
    flipped[flipped.length - 6] = (flipped.at(-6) ?? 0) ^ 1;
    await expect(unzip(flipped)).rejects.toThrow("truncated or damaged");
    await expect(unzip(Buffer.from("id,name\n1,a\n"))).rejects.toThrow("truncated or damaged");
  });

  test("refuses bytes behind the last member", async () => {
    await expect(unzip(Buffer.concat([gzipSync("a\n"), Buffer.from("b\n")]))).rejects.toThrow("truncated or damaged");
  });

  test("refuses what follows a zero byte behind a member, however the bytes are cut", async () => {
    const first = gzipSync("first\n".repeat(100));
    const second = gzipSync("second\n".repeat(100));
    const headless = Buffer.concat([Buffer.alloc(10), second.subarray(10)]);
    const streams = [[Buffer.alloc(1), second], [Buffer.alloc(600), second], [headless], [Buffer.from([0, 1])]];
    for (const [index, rest] of streams.entries()) {
      const bytes = Buffer.concat([first, ...rest]);
      for (const chunkBytes of [1, 7, first.length, first.length + 1, 65_536]) {
        const failing = unzip(bytes, {}, chunkBytes);
        await expect(failing, `${index}, ${chunkBytes}`).rejects.toMatchObject({ code: "OBJECT_UNREADABLE" });
        await expect(failing).rejects.toThrow(
          `ends at byte ${first.length} of ${bytes.length}, and other bytes follow`,
        );
      }
    }
  });

  test("takes zeros up to the end for a padding", async () => {
    for (const padding of [1, 511, 200_000]) {
      const bytes = Buffer.concat([gzipSync("a\n"), gzipSync("b\n"), Buffer.alloc(padding)]);
      for (const chunkBytes of [1_000, 65_536]) expect(await unzip(bytes, {}, chunkBytes)).toBe("a\nb\n");
    }
  });

  test("takes a gzip of nothing for what it is", async () => {
    expect(await unzip(gzipSync(""))).toBe("");
    expect(await unzip(Buffer.concat([gzipSync(""), gzipSync("a\n"), gzipSync("")]))).toBe("a\n");
  });

  test("closes its source when its reader goes", async () => {
    let isClosed = false;
    async function* source(): AsyncGenerator<Uint8Array, void> {
      try {
        yield* chunksOf(
          gzipSync(Buffer.from(Array.from({ length: 900_000 }, (_, index) => (index * index) % 251))),
          500,
        );
      } finally {
        isClosed = true;
      }
    }
    for await (const part of gunzipped(source(), options)) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    expect(isClosed).toBe(true);
  });

  test("bounds the decompressed size", async () => {
    await expect(unzip(gzipSync("x".repeat(2_000_000)))).rejects.toThrow("larger than 1000000 bytes");
  });

  test("passes on what the source throws", async () => {
    const failure = new LoadError("SOURCE_UNAVAILABLE", "gone");
    async function* failing(): AsyncGenerator<Uint8Array, void> {
      yield gzipSync(text).subarray(0, 20);
      throw failure;
    }
    const reading = async (): Promise<void> => {
      for await (const _ of gunzipped(failing(), options)) expect.fail("gave bytes");
    };
    await expect(reading()).rejects.toBe(failure);
  });
});
