import { describe, expect, test } from "vitest";
import * as z from "zod";
import { fieldsTakenBy } from "../src/fields-taken.ts";

const object = z.object({ a: z.string(), b: z.number().optional() });
const more = z.object({ b: z.number(), c: z.number() });

describe("fieldsTakenBy", () => {
  test("tells the fields of an object that leaves unknown ones out, and of what is made of such", () => {
    expect(fieldsTakenBy(object)).toEqual(["a", "b"]);
    expect(fieldsTakenBy(object.refine(({ a }) => a !== ""))).toEqual(["a", "b"]);
    expect(fieldsTakenBy(object.transform(({ a }) => ({ a })))).toEqual(["a", "b"]);
    expect(fieldsTakenBy(object.pipe(z.object({ a: z.string() })))).toEqual(["a", "b"]);
    expect(fieldsTakenBy(object.readonly())).toEqual(["a", "b"]);
    expect(fieldsTakenBy(object.and(more))).toEqual(["a", "b", "c"]);
    expect(fieldsTakenBy(z.union([object, more]))).toEqual(["a", "b", "c"]);
  });

  test("tells none where any field may count: strict, loose, transformed before, or another library's", () => {
    expect(fieldsTakenBy(z.strictObject({ a: z.string() }))).toBeNull();
    expect(fieldsTakenBy(z.looseObject({ a: z.string() }))).toBeNull();
    expect(fieldsTakenBy(object.catchall(z.string()))).toBeNull();
    expect(fieldsTakenBy(z.preprocess((input) => input, object) as never)).toBeNull();
    expect(fieldsTakenBy(z.union([object, z.looseObject({})]))).toBeNull();
    const other = { "~standard": { version: 1, vendor: "other", validate: (value: unknown) => ({ value }) } };
    expect(fieldsTakenBy(other as never)).toBeNull();
  });
});
