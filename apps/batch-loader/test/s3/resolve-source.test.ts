import { describe, expect, test } from "vitest";
import { parseS3Uri } from "../../src/s3/resolve-source.ts";

describe("parseS3Uri", () => {
  test("reads an address, or refuses it with an example", () => {
    expect(parseS3Uri("s3://my-bucket/a b/ü.csv")).toEqual({ bucket: "my-bucket", key: "a b/ü.csv" });
    expect(parseS3Uri("s3://my-bucket")).toEqual({ bucket: "my-bucket", key: "" });
    expect(() => parseS3Uri("/tmp/a.csv")).toThrow("expected s3://bucket/key");
  });
});
