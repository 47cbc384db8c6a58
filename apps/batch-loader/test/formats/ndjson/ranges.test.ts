import { describe, expect, test } from "vitest";
import { ndjsonRanges } from "../../../src/formats/ndjson/ranges.ts";
import { ndjsonRows } from "../../../src/formats/ndjson/rows.ts";
import { chunksOf, collect } from "../collect.ts";
import { objectOf } from "../object-of.ts";

async function cut(bytes: Uint8Array, ndjsonRangeBytes: number, lineBytesMax = 1_000): Promise<string[]> {
  const ranges = await ndjsonRanges(objectOf(bytes, 5), { ndjsonRangeBytes, lineBytesMax });
  expect(ranges.flatMap(({ start, end }) => [start, end])).toEqual(
    ranges.flatMap((_, index) => [ranges[index - 1]?.end ?? 0, ranges[index + 1]?.start ?? bytes.length]),
  );
  return ranges.map(({ start, end }) => Buffer.from(bytes.subarray(start, end)).toString());
}

describe("ndjsonRanges", () => {
  test("covers every byte once and ends each range at a line end, whatever the size", async () => {
    const lines = Array.from({ length: 40 }, (_, index) => JSON.stringify({ i: index, t: "é🙂".repeat(index % 5) }));
    for (const [end, separator] of [
      ["", "\n"],
      ["\n", "\n"],
      ["\r\n", "\r\n"],
    ] as const) {
      const text = lines.join(separator) + end;
      for (let rangeBytes = 1; rangeBytes < 120; rangeBytes += 1) {
        const parts = await cut(Buffer.from(text), rangeBytes);
        expect(parts.join("")).toBe(text);
        expect(parts.slice(0, -1).every((part) => part.endsWith("\n"))).toBe(true);
      }
    }
  });

  test("gives each row to exactly one range", async () => {
    const text = Array.from({ length: 100 }, (_, index) => `{"i":${index}}\n`).join("");
    const rows: unknown[] = [];
    for (const part of await cut(Buffer.from(text), 64)) {
      const options = { object: "o", startByte: 0, recordsPerSlice: 1_000, sliceBytesMax: 10_000, lineBytesMax: 1_000 };
      rows.push(...(await collect(ndjsonRows(chunksOf(Buffer.from(part), 9), options))).inputs);
    }
    expect(rows).toEqual(Array.from({ length: 100 }, (_, i) => ({ i })));
  });

  test("gives none for an empty object, and refuses a line without end", async () => {
    expect(await cut(new Uint8Array(), 10)).toEqual([]);
    await expect(cut(Buffer.from("x".repeat(500)), 10, 100)).rejects.toThrow(
      "o: the line that begins at byte 9 is longer than 100 bytes",
    );
  });
});
