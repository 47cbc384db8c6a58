import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exactNumber, isPlainJsonBytes, parseExactJson } from "../src/index.ts";

describe("parseExactJson", () => {
  test.each([
    ["2.03", 2.03],
    ["0.30000000000000004", 0.300_000_000_000_000_04],
    // Written with as many digits as some writers give every double.
    ["0.10000000000000001", 0.1],
    ["1.0000000000000000000", 1],
    ["-0.0", -0],
    ["1e20", 1e20],
    ["1.5E-7", 1.5e-7],
    ["9007199254740993", 9_007_199_254_740_993n],
    ["-9223372036854775808", -(2n ** 63n)],
    ["9007199254740993.5", "9007199254740993.5"],
    ["12345678901234567.8900", "12345678901234567.89"],
    ["0.1234567890123456789", "0.1234567890123456789"],
    ["-0.1234567890123456789e-3", "-0.1234567890123456789e-3"],
    // Their doubles are whole.
    ["9007199254740991.3", "9007199254740991.3"],
    ["4503599627370496.25", "4503599627370496.25"],
    // Their doubles are infinite, zero, or have few digits left.
    ["1e400", "1e400"],
    ["-1e-400", "-1e-400"],
    ["1.23456789e-320", "1.23456789e-320"],
  ])("gives %s as what it is, at any depth", (text, value) => {
    expect(parseExactJson(`{"a":[{"b":${text}}],"c":1}`)).toEqual({ a: [{ b: value }], c: 1 });
    expect(exactNumber(text)).toEqual(value);
  });

  test("gives every double that is written as a double", () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    const isSame = (value: number): boolean =>
      [JSON.stringify(value), value.toPrecision(17), value.toExponential(16)].every((text) => {
        const read = parseExactJson(text);
        return typeof read === "bigint" ? Number(read) === value : Object.is(read, value) || read === value;
      });
    fc.assert(fc.property(double, isSame), { seed: 20_260_113, numRuns: 5_000 });
  });

  test("gives every decimal so that no digit is lost", () => {
    const decimal = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 30n }), fc.integer({ min: 1, max: 29 }));
    const isKept = ([unscaled, scale]: readonly [bigint, number]): boolean => {
      const digits = unscaled.toString().padStart(scale + 1, "0");
      const text = `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
      const read = exactNumber(text);
      if (typeof read === "string") return read === text.replace(/\.?0+$/, "");
      const significant = digits.replace(/^0+|0+$/g, "").length;
      return Number(Number(read).toPrecision(significant)) === Number(text) && significant <= 25;
    };
    fc.assert(fc.property(decimal, isKept), { seed: 20_260_114, numRuns: 5_000 });
  });

  test("keeps names that are written with escapes, whatever names the process read before", () => {
    expect(parseExactJson('{"h":[],"\\\\":0}')).toEqual({ h: [], "\\": 0 });
    for (const [written, name] of [
      ["\\u00f6", "ö"],
      ["\\n", "\n"],
      ['\\"', '"'],
    ] as const) {
      expect(parseExactJson(`{"h":1,"${written}":[{"${written}" : -12, "__proto__":true}]}`)).toEqual({
        h: 1,
        [name]: [{ [name]: -12, ["__proto__"]: true }],
      });
    }
  });

  test("refuses what is no JSON", () => {
    expect(() => parseExactJson('{"a":12345678901234567890')).toThrow(SyntaxError);
  });
});

test("bytes that are plain have their exact values from JSON.parse alone, as ASCII", () => {
  const numbers = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
    fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String),
    fc.constantFrom("1e400", "-0", "1.0", "0.1234567890123456789", "12345678901234.5", "1E2"),
  );
  const names = fc.oneof(fc.string({ maxLength: 6 }), fc.string({ unit: "grapheme", maxLength: 3 }));
  const text = fc.array(
    fc.tuple(
      names,
      fc.oneof(
        numbers,
        names.map((name) => JSON.stringify(name)),
      ),
    ),
    { maxLength: 4 },
  );
  let plain = 0;
  fc.assert(
    fc.property(text, (members) => {
      const json = `{${members.map(([name, value]) => `${JSON.stringify(name)}: ${value}`).join(",")}}`;
      const bytes = Buffer.from(`..${json}..`);
      const end = bytes.length - 2;
      if (!isPlainJsonBytes(bytes, 2, end)) return;
      plain += 1;
      expect(JSON.parse(bytes.toString("latin1", 2, end))).toEqual(parseExactJson(json));
    }),
    { seed: 20_261_126, numRuns: 3_000 },
  );
  expect(plain).toBeGreaterThan(500);
});
