import { describe, expect, test } from "vitest";
import { letterText } from "../src/letter-text.ts";

describe("letterText", () => {
  test("holds anything as JSON", () => {
    const input = {
      a: 5n,
      b: 2n ** 60n,
      c: new Uint8Array([1, 2]),
      d: undefined,
      e: [new Date(0), null, [], {}],
      f: 'x"\n',
      'g"': [Number.NaN, -1.5, true],
    };
    expect(JSON.parse(letterText(input))).toEqual({
      a: 5,
      b: "1152921504606846976",
      c: { $bytes: "AQI=" },
      d: null,
      e: ["1970-01-01T00:00:00.000Z", null, [], {}],
      f: 'x"\n',
      'g"': [{ $number: "NaN" }, -1.5, true],
    });
  });

  test("holds a row however deep it is nested, to its last bracket", () => {
    const [open, close] = ["[".repeat(100_000), "]".repeat(100_000)];
    expect(letterText(JSON.parse(`{"id":"bad","x":${open}1${close}}`))).toBe(`{"id":"bad","x":${open}1${close}}`);
    const objects = `${'{"a":'.repeat(100_000)}null${"}".repeat(100_000)}`;
    expect(letterText(JSON.parse(objects))).toBe(objects);
  });
});
