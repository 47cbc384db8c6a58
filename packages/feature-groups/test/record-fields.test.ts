import { describe, expect, test } from "vitest";
import { readSequence, readSubject } from "../src/record-fields.ts";
import { passengers } from "./fixtures.ts";

describe("readSubject", () => {
  test.each([
    ["p-1", "p-1"],
    [42, "42"],
    [2n ** 64n, "18446744073709551616"],
    ["x".repeat(1_024), "x".repeat(1_024)],
  ])("case %#", (value, subject) => {
    expect(readSubject(passengers, { passenger: value })).toBe(subject);
  });

  test.each([[undefined], [null], [""], [1.5], [true], [{}], ["\ud800"], ["x".repeat(1_025)], ["é".repeat(513)]])(
    "refuses case %#",
    (value) => {
      expect(readSubject(passengers, { passenger: value })).toMatchObject({
        reason: "invalid-subject",
        detail: expect.stringContaining('"passenger"'),
      });
    },
  );
});

describe("readSequence", () => {
  test.each([[0], [0n], ["0"], ["000"]])("%s is 0", (value) => {
    expect(readSequence("n", value)).toBe(0n);
  });

  test("refuses numbers that have lost digits", () => {
    expect(readSequence("n", 2 ** 53)).toMatchObject({ reason: "invalid-sequence" });
    expect(readSequence("n", String(2 ** 53))).toBe(2n ** 53n);
  });
});
