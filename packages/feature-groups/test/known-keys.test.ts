import { expect, test } from "vitest";
import * as z from "zod";
import { defineConfig, defineGroup, type FeatureConfig, groupOf, years } from "../src/index.ts";
import { readKey } from "../src/entity-key.ts";
import { KnownKeys } from "../src/known-keys.ts";
import { plainSubjectDigests } from "../src/subject-digest.ts";

const parts = { eventTime: { field: "date", unit: "timestamp" }, schema: z.object({}), ttlMs: years(1) } as const;

/** Groups of its own for each test, since what is known belongs to a group. */
const configOf = (): FeatureConfig =>
  defineConfig({
    groups: {
      pairs: defineGroup({ ...parts, key: ["a", "b"] }),
      typed: defineGroup({ ...parts, key: ["a"], keyTypes: { a: "integer" } }),
      times: defineGroup({ ...parts, key: ["a", "date"] }),
    },
  });

const keyOf = (config: FeatureConfig, fields: Readonly<Record<string, unknown>>, name = "pairs"): unknown =>
  readKey(groupOf(config, name), fields, plainSubjectDigests);

test("a key that comes again is the one that its fields gave, and others are not mistaken for it", () => {
  const config = configOf();
  const rows = [
    ["x", "y"],
    ["x#y", ""],
    ["x", "y#z"],
    ["x", "z"],
    ["", "x"],
    ["1", "2"],
    [1, "2"],
    ["1", 2n],
    ["x", true],
    ["x", undefined],
    ["%", "{"],
    ["x", "\u{d800}"],
  ];
  const first = rows.map(([a, b]) => keyOf(config, { a, b }));
  for (const [index, [a, b]] of rows.entries()) {
    expect(keyOf(config, { a, b })).toEqual(first[index]);
    expect(keyOf(configOf(), { a, b })).toEqual(first[index]);
  }
});

test("keys of declared types and of event times are made anew each time", () => {
  const config = configOf();
  expect(KnownKeys.of(groupOf(config, "typed"))).toBeNull();
  expect(KnownKeys.of(groupOf(config, "times"))).toBeNull();
});

test("a group whose keys do not come again is not remembered any longer, and its keys stay right", () => {
  const config = configOf();
  const group = groupOf(config, "pairs");
  for (let index = 0; index <= 50_000; index += 1) keyOf(config, { a: "x", b: `y${index}` });
  expect(KnownKeys.of(group)).toBeNull();
  expect(keyOf(config, { a: "x", b: "y7" })).toBe("pairs#x#y7");
});

test("a key with a long text is not remembered, since the text may hold on to a larger one", () => {
  const config = configOf();
  const fields = { a: "x".repeat(13), b: "y" };
  const key = keyOf(config, fields);
  expect(KnownKeys.of(groupOf(config, "pairs"))?.find(fields)).toBeUndefined();
  expect(keyOf(config, fields)).toBe(key);
});
