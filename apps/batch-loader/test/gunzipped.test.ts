import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { LoadError } from "../src/errors.ts";
import { gunzipped } from "../src/gunzipped.ts";
import { chunksOf } from "./collect.ts";

const options = { object: "s3://b/a.ndjson.gz", bytesMax: 1_000_000 };

async function unzip(bytes: Uint8Array, more: Partial<typeof options> = {}): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of gunzipped(chunksOf(bytes, 11), { ...options, ...more })) parts.push(part);
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
