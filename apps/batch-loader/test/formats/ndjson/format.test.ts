import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { ndjson } from "../../../src/formats/ndjson/format.ts";
import { loadLimitsDefaults } from "../../../src/limits.ts";
import { collect } from "../collect.ts";
import type { Compression } from "../../../src/formats/compression.ts";
import { objectOf } from "../object-of.ts";

const TEXT = Array.from({ length: 20 }, (_, index) => `{"i":${index}}\n`).join("");
const limits = { ...loadLimitsDefaults, ndjsonRangeBytes: 64 };

/** The rows of each part of an object. */
async function rowsOf(
  bytes: Uint8Array,
  compression: Compression | null = null,
): Promise<readonly (readonly unknown[])[]> {
  const object = objectOf(bytes, 7, compression);
  const parts = await ndjson.open({ columnsNeeded: [], columnsTaken: null, limits }).plan(object);
  return Promise.all(parts.map(async (part) => (await collect(part.rows(object))).inputs));
}

describe("NDJSON", () => {
  test("is cut into parts that have each row once, in order", async () => {
    const parts = await rowsOf(Buffer.from(TEXT));
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.flat()).toEqual(Array.from({ length: 20 }, (_, i) => ({ i })));
  });

  test("is one part where it is compressed, by its name or by its first bytes alone", async () => {
    for (const compression of ["gzip", null] as const) {
      const parts = await rowsOf(gzipSync(TEXT.repeat(20), { level: 0 }), compression);
      expect(parts.map(({ length }) => length)).toEqual([400]);
    }
  });

  test("that is no text is refused before it is cut", async () => {
    const parquet = Buffer.concat([Buffer.from("PAR1"), Buffer.alloc(100, "x\n")]);
    await expect(rowsOf(parquet)).rejects.toThrow("o: it is not what its name says, it seems to be Parquet");
  });
});
