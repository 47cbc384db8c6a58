import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { plainText } from "../../src/formats/first-bytes.ts";
import { chunksOf } from "./collect.ts";

const options = { object: "s3://b/a.ndjson", bytesMax: 1_000_000, isJson: true };

async function textOf(bytes: Uint8Array, chunkBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of plainText(chunksOf(bytes, chunkBytes), options)) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe("plainText", () => {
  test("gives text as it is, and decompresses a gzip or a zstd that its name does not tell of", async () => {
    for (const text of ["", "a", '{"a":1}\n'.repeat(1_000), "<3;1\n", "Obj,a\n1,2\n", "PKW,ORCA\n"]) {
      for (const chunkBytes of [1, 7, 1_000]) {
        expect(await textOf(Buffer.from(text), chunkBytes)).toBe(text);
        if (text === "") continue;
        expect(await textOf(gzipSync(text), chunkBytes)).toBe(text);
        expect(await textOf(zstdCompressSync(text), chunkBytes)).toBe(text);
        expect(await textOf(gzipSync(zstdCompressSync(text)), chunkBytes)).toBe(text);
        const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);
        expect(await textOf(Buffer.concat([skipped, zstdCompressSync(text)]), chunkBytes)).toBe(text);
      }
    }
  });

  test.each([
    ["a JSON array", Buffer.from('[{"a":1},\n{"a":2}]')],
    ["a JSON array", Buffer.from("\ufeff\n[\n")],
    ["over several lines", Buffer.from('{\r\n  "a": 1\r\n}\n')],
    ["again and again", gzipSync(gzipSync(gzipSync("a")))],
    ["Parquet", Buffer.from("PAR1....PAR1")],
    ["zip", Buffer.from("PK\u0003\u0004....")],
    ["bzip2", Buffer.from("BZh91AY")],
    ["Avro", Buffer.from("Obj\u0001....")],
    ["Git LFS", Buffer.from("version https://git-lfs.github.com/spec/v1\n")],
    ["HTML", Buffer.from("\ufeff\n <!DOCTYPE html><p>Not found")],
    ["XML", Buffer.from('<?xml version="1.0"?><Error>')],
    ["zeros", Buffer.alloc(100)],
  ])("refuses %s under the name of a text, and says what it seems to be", async (what, bytes) => {
    for (const chunkBytes of [1, 1_000]) {
      const failing = textOf(bytes, chunkBytes);
      await expect(failing).rejects.toMatchObject({ code: "OBJECT_UNREADABLE", object: options.object });
      await expect(failing).rejects.toThrow(what);
    }
  });
});
