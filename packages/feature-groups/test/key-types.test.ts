import { describe, expect, expectTypeOf, test } from "vitest";
import * as z from "zod";
import {
  defineConfig,
  defineGroup,
  encodeKey,
  type EntityKey,
  type KeyType,
  parseRecord,
  plainSubjectDigests,
  years,
} from "../src/index.ts";

const common = { key: ["id"], eventTime: { from: "source" }, schema: z.object({}), ttlMs: years(1) } as const;
const definitions = {
  untyped: defineGroup(common),
  integer: defineGroup({ ...common, keyTypes: { id: "integer" } }),
  text: defineGroup({ ...common, keyTypes: { id: "text" } }),
  boolean: defineGroup({ ...common, keyTypes: { id: "boolean" } }),
};
const { groups } = defineConfig({ groups: definitions });
type Definitions = typeof definitions;

function keyOf(group: keyof typeof groups, id: unknown): string {
  const parsed = parseRecord(groups[group], { id }, { lane: "batch", nowMs: 1_000, sourceTimeUs: 1_000_000 });
  return parsed.kind === "record" ? parsed.record.key : parsed.kind === "dead" ? parsed.reason : parsed.kind;
}

describe("a key field that is declared", () => {
  test.each<[KeyType, string, readonly unknown[]]>([
    ["integer", "12345", [12_345, 12_345n, "12345", "12345.0", "12345.", " 12345", "+12345", "0012345", "12345\t"]],
    ["integer", "-7", [-7, -7n, "-7", "-7.00", "-007"]],
    ["integer", "0", [0, -0, 0n, "0", "-0", "-0.0", "000"]],
    ["integer", "9007199254740993", [9_007_199_254_740_993n, "9007199254740993", "9007199254740993.0"]],
    ["boolean", "true", [true, "true", "True", "TRUE", " true "]],
    ["boolean", "false", [false, "false", "False"]],
    ["text", "007", ["007"]],
    ["text", "a b%23", ["a b#"]],
  ])("as %s is one entity, %s, in all ways to write it", (type, part, values) => {
    for (const value of values) expect([value, keyOf(type, value)]).toEqual([value, `${type}#${part}`]);
  });

  test.each<[KeyType, readonly unknown[]]>([
    [
      "integer",
      ["NaN", "null", "None", "nan", "1e3", "12345.5", 1.5, Number.NaN, 2 ** 53, "", " ", "1 2", "0x10", true],
    ],
    ["integer", ["9".repeat(101), new Date(0), {}, ["1"]]],
    ["boolean", ["1", 1, 0, "yes", "", "t", 1n]],
    ["text", [7, 7n, true, " 777", "777 ", "\u00a0777", "", {}]],
  ])("as %s refuses everything else with the remedy", (type, values) => {
    for (const value of values) expect([value, keyOf(type, value)]).toEqual([value, "invalid-key-field"]);
    expect(() => encodeKey(groups.integer, { id: "NaN" as `${bigint}` }, plainSubjectDigests)).toThrow(
      'key field "id", "NaN", is no integer: write digits, such as 12345',
    );
  });

  test("is missing where it is null, as any other", () => {
    for (const type of ["integer", "text", "boolean"] as const) {
      expect([keyOf(type, null), keyOf(type, undefined)]).toEqual(["missing-key-field", "missing-key-field"]);
    }
  });

  test("that is not declared is taken as it is written", () => {
    const values = [12_345, "12345.0", "NaN", "null", "True", true, " 777"];
    const parts = ["12345", "12345.0", "NaN", "null", "True", "true", " 777"];
    expect(values.map((value) => keyOf("untyped", value))).toEqual(parts.map((part) => `untyped#${part}`));
  });

  test("has its type in the keys of reads", () => {
    expectTypeOf<EntityKey<Definitions["integer"]>["id"]>().toEqualTypeOf<number | bigint | `${bigint}`>();
    expectTypeOf<EntityKey<Definitions["text"]>["id"]>().toEqualTypeOf<string>();
    expectTypeOf<EntityKey<Definitions["untyped"]>["id"]>().toEqualTypeOf<string | number | bigint | boolean>();
  });
});
