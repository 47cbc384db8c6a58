import { describe, expect, test } from "vitest";
import { placesOf } from "../../src/s3/source-object.ts";
import { sourceObject } from "../source-object.ts";

describe("placesOf", () => {
  test("are the same for the same object, whether its ETag came with quotes or not", () => {
    expect(placesOf({ ...sourceObject, etag: "1" })(7)).toBe(placesOf(sourceObject)(7));
  });

  test("of another content at one address within a second are all above or all below", () => {
    const [one, other] = [placesOf(sourceObject), placesOf({ ...sourceObject, etag: '"2"' })];
    const isAbove = one(0) > other(0);
    for (const row of [0, 1, 1_000_000]) expect(one(row) > other(1_000_000 - row)).toBe(isAbove);
  });
});
