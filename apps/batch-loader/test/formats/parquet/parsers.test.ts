import { describe, expect, test } from "vitest";
import { bigIntOf, decimalOf } from "../../../src/formats/parquet/parsers.ts";

describe("decimalOf", () => {
  test("is exact", () => {
    expect([decimalOf(5n, 3), decimalOf(-5n, 1), decimalOf(0n, 2), decimalOf(12n, 0)]).toEqual([0.005, -0.5, 0, 12n]);
    expect(decimalOf(-(10n ** 20n) - 1n, 4)).toBe("-10000000000000000.0001");
    expect([bigIntOf(new Uint8Array([0xff, 0x38])), bigIntOf(new Uint8Array([0, 0xc8]))]).toEqual([-200n, 200n]);
  });
});
