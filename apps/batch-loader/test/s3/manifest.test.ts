import { describe, expect, test } from "vitest";
import { parseManifest } from "../../src/s3/manifest.ts";

describe("parseManifest", () => {
  test("lists objects in the forms in use", () => {
    const text =
      '{"entries":[{"url":"s3://bucket/a.csv","mandatory":true},{"url":"s3://bucket/b.csv","etag":"x"},"s3://bucket/c.csv"]}';
    expect(parseManifest("m", text).map(({ uri, etag }) => [uri, etag])).toEqual([
      ["s3://bucket/a.csv", null],
      ["s3://bucket/b.csv", "x"],
      ["s3://bucket/c.csv", null],
    ]);
    for (const bad of ["{", "{}", "[]", "[1]", '{"entries":[{"url":1}]}']) {
      expect(() => parseManifest("s3://bucket/m.json", bad)).toThrow("s3://bucket/m.json");
    }
  });
});
