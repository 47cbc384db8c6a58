import { describe, expect, expectTypeOf, test } from "vitest";
import * as z from "zod";
import { decimal, integer } from "../src/index.ts";

const schema = z.object({ count: integer(), ratio: decimal(), extra: integer().optional() });

describe("integer", () => {
  test.each([
    [5, 5],
    [5n, 5],
    ["-5", -5],
    ["+5", 5],
    ["007", 7],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])("reads %s", (input, output) => {
    expect(integer().parse(input)).toBe(output);
  });

  test.each([
    [1.5],
    ["1.5"],
    [""],
    [" 5"],
    [null],
    [undefined],
    [true],
    ["5n"],
    [2n ** 53n],
    [2 ** 53],
    ["9007199254740993"],
    [{}],
  ])("refuses %s", (input) => {
    expect(integer().safeParse(input).success).toBe(false);
  });
});

describe("decimal", () => {
  test.each([
    [0.5, 0.5],
    [5n, 5],
    ["-122.3093131", -122.3093131],
    ["1e-3", 0.001],
    [".5", 0.5],
    ["5.", 5],
  ])("reads %s", (input, output) => {
    expect(decimal().parse(input)).toBe(output);
  });

  test.each([
    [""],
    ["."],
    ["e5"],
    ["1,5"],
    ["0x10"],
    ["Infinity"],
    ["1e999"],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [null],
    [true],
    [[]],
  ])("refuses %s", (input) => {
    expect(decimal().safeParse(input).success).toBe(false);
  });
});

describe("in an object", () => {
  test("is required unless it is optional", () => {
    expect(schema.safeParse({ ratio: 1 }).success).toBe(false);
    expect(schema.parse({ count: 1n, ratio: "2" })).toEqual({ count: 1, ratio: 2 });
  });

  test("is a number", () => {
    expectTypeOf<z.infer<typeof schema>>().toEqualTypeOf<{
      count: number;
      ratio: number;
      extra?: number | undefined;
    }>();
  });
});
