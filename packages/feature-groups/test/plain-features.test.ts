import * as z from "zod";
import { expect, test } from "vitest";
import { canonicalFeatures } from "../src/canonical-features.ts";
import { decimal, defineConfig, defineGroup, type FeatureGroup, integer, years } from "../src/index.ts";
import { validateFeatures } from "../src/features-schema.ts";
import { encodeCanonical, encodePayload, payloadBytesMax } from "../src/payload.ts";
import { PlainFeatures } from "../src/plain-features.ts";

const SEED = 1_616;
const ROUNDS = 5_000;

function groupWith(schema: FeatureGroup["schema"]): FeatureGroup {
  const group = defineGroup({ key: ["id"], eventTime: { from: "source" }, schema, ttlMs: years(1) });
  return defineConfig({ groups: { one: group } }).groups.one;
}

const group = groupWith(
  z.object({
    whole: integer(),
    fraction: decimal().describe("a copy"),
    number: z.number().nullable(),
    text: z.string().optional(),
    flag: z.boolean().nullable().optional(),
    any: z.any(),
    unknown: z.unknown().optional(),
    big: z.bigint().optional(),
    10: z.string().optional(),
    ü: z.string().optional(),
  }),
);

/** Values at the borders of every type. */
const VALUES: readonly unknown[] = [
  [0, -0, 1, -1.5, 2 ** 53 - 1, 2 ** 53, 1e300, Number.NaN, Number.POSITIVE_INFINITY, 5n, 2n ** 60n, 2n ** 70n],
  ["", "a", "12", "1.5", "\ud800", "ü€😀", "x".repeat(200), true, false, null, undefined, [], {}, [1], { a: 1 }],
  [new Date(0), new Date(Number.NaN), new Uint8Array(3), Symbol("s"), () => 1],
].flat();
const NAMES = ["whole", "fraction", "number", "text", "flag", "any", "unknown", "big", "10", "ü", "other", "__proto__"];

/** Whole numbers below `below`, from a seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A plain record, of which some fields are changed or left out. */
function inputOf(random: (below: number) => number): Record<string, unknown> {
  const plain = { whole: 1, fraction: 0.5, number: null, flag: true, any: "a" };
  const fields = new Map<string, unknown>(Object.entries(plain));
  for (let changes = random(4); changes > 0; changes -= 1) {
    const name = NAMES[random(NAMES.length)] ?? "";
    if (random(4) === 0) fields.delete(name);
    else fields.set(name, VALUES[random(VALUES.length)]);
  }
  return Object.fromEntries(fields);
}

test(`the schema takes each record that is taken without it, with the same bytes, seed ${SEED}`, () => {
  const random = randomOf(SEED);
  const plain = PlainFeatures.of(group);
  let taken = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const input = inputOf(random);
    const bytesMax = plain?.bytesMaxOf(input) ?? null;
    if (plain === null || bytesMax === null) continue;
    taken += 1;
    const valid = validateFeatures(group, input);
    if (valid.kind !== "valid") throw new Error(`the schema refuses ${String(Object.entries(input))}: ${valid.detail}`);
    const features = plain.featuresOf(input);
    expect(Object.entries(features)).toEqual(Object.entries(canonicalFeatures(valid.features)));
    const bytes = encodeCanonical(1, features);
    expect(bytes).toEqual(encodePayload(1, valid.features));
    expect(bytesMax).toBeGreaterThanOrEqual(payloadBytesMax(features));
    expect(bytesMax).toBeGreaterThanOrEqual(bytes.length);
  }
  expect(taken).toBeGreaterThan(ROUNDS / 4);
});

test.each<readonly [string, FeatureGroup["schema"]]>([
  ["a check of a field", z.object({ a: z.string().min(2) })],
  ["a format", z.object({ a: z.int() })],
  ["a check of the record", z.object({ a: z.string() }).refine(() => true)],
  ["unknown fields that count", z.strictObject({ a: z.string() })],
  ["unknown fields that stay", z.looseObject({ a: z.string() })],
  ["a default", z.object({ a: z.string().default("b") })],
  ["a transformation", z.object({ a: z.string().transform((text) => text.length) })],
  ["coercion", z.object({ a: z.coerce.string() })],
  ["a name that is no field", z.object({ ["__proto__"]: z.string() })],
])("a schema with %s decides itself", (_, schema) => {
  expect(PlainFeatures.of(groupWith(schema))?.bytesMaxOf({ a: "b" }) ?? null).toBeNull();
});

test("text that stands for a number is left to the schema", () => {
  const plain = PlainFeatures.of(groupWith(z.object({ whole: integer() })));
  expect(plain?.bytesMaxOf({ whole: 1 })).toBeGreaterThan(0);
  expect(plain?.bytesMaxOf({ whole: "1" })).toBeNull();
  expect(plain?.bytesMaxOf({ whole: 1.5 })).toBeNull();
});
