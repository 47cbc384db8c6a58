/**
 * Loads of Parquet objects whose rows tie, repeat, are NULL, expired, too early
 * or invalid, of all types that keys, times and features may have; some
 * objects are damaged, some cannot be read at first, and some loads are killed.
 */
import { decimal, defineConfig, type FeatureConfig, type GroupDefinition, integer } from "@trilane/feature-groups";
import fc from "fast-check";
import * as z from "zod";
import type { ColumnValue, ScalarName } from "../parquet/column-types.ts";
import type { ParquetCase } from "../parquet/parquet-case.ts";

/** The present of every case. */
export const NOW_MS: number = Date.UTC(2026, 0, 1);
export const GROUP = "generated";
const TTL_MS = 86_400_000;

export interface ReductionCase {
  readonly group: GroupShape;
  readonly objects: readonly GeneratedObject[];
  /** A bound so small that a load is reduced in several steps. */
  readonly isInSteps: boolean;
  /** The persons that are erased, and the times up to which they are. */
  readonly erased: readonly { readonly person: string; readonly untilMs: number }[];
  /** The checkpoint at which the load is killed; null: it is not. */
  readonly killedAt: number | null;
}

export interface GroupShape {
  readonly keys: readonly KeyShape[];
  readonly time: TimeShape;
  readonly hasSequence: boolean;
  /** The type of the column that names a record's person; null: there is none. */
  readonly person: ScalarName | null;
  readonly fields: readonly FieldShape[];
  /** No column tells which rows the schema takes, and the group lets it check the winners alone. */
  readonly checksWinners: boolean;
}

interface KeyShape {
  readonly type: ScalarName;
  readonly declared: "integer" | "text" | "boolean" | null;
}

interface TimeShape {
  readonly type: ScalarName;
  readonly unit: "timestamp" | "iso" | "s" | "ms" | "us" | "source";
  readonly isKey: boolean;
}

interface FieldShape {
  readonly type: ScalarName;
  readonly accepts: keyof typeof SCHEMAS;
  readonly wrapping: "none" | "nullable" | "optional" | "nullish";
}

export interface GeneratedObject {
  readonly file: ParquetCase;
  /** Milliseconds since 1970, in whole seconds. */
  readonly lastModifiedMs: number;
  /** The byte that is changed, as a share of the object; null: none. */
  readonly damagedAt: number | null;
  readonly isLate: boolean;
}

const SCHEMAS = {
  integer: () => integer(),
  decimal: () => decimal(),
  number: () => z.number(),
  bigint: () => z.bigint(),
  text: () => z.string(),
  boolean: () => z.boolean(),
  unknown: () => z.unknown(),
} as const;

const US_PER_MS = 1_000n;
const DAY_MS = 86_400_000;

/** The configuration of a case. */
export function configOf({ keys, time, hasSequence, person, fields, checksWinners }: GroupShape): FeatureConfig {
  const shape = fields.map(
    ({ accepts, wrapping }, index) => [`f${index}`, wrapped(SCHEMAS[accepts](), wrapping)] as const,
  );
  const keyTypes = keys.flatMap(({ declared }, index) => (declared === null ? [] : [[`k${index}`, declared] as const]));
  const [first = "k0", ...others] = keys.map((_, index) => `k${index}`);
  const group: GroupDefinition = {
    key: time.isKey && time.unit !== "source" ? [first, ...others, "t"] : [first, ...others],
    keyTypes: Object.fromEntries(keyTypes),
    eventTime: time.unit === "source" ? { from: "source" } : { field: "t", unit: time.unit },
    schema: checksWinners ? pickySchema(Object.fromEntries(shape)) : z.object(Object.fromEntries(shape)),
    ...(checksWinners ? { checkOfLoads: "winners" } : {}),
    ttlMs: TTL_MS,
    ...(hasSequence ? { sequence: "s" } : {}),
    ...(person === null ? {} : { subject: "p" }),
  };
  return defineConfig({ groups: { [GROUP]: group } });
}

/** A schema that looks at every field, and refuses many records for what no column tells. */
function pickySchema(shape: Readonly<Record<string, z.ZodType>>): z.ZodType<object> {
  return z.looseObject(shape).refine(({ f0 }) => !/^[1a]/u.test(String(f0)), "it begins with 1 or a");
}

function wrapped(schema: z.ZodType, wrapping: FieldShape["wrapping"]): z.ZodType {
  if (wrapping === "none") return schema;
  if (wrapping === "nullable") return schema.nullable();
  return wrapping === "optional" ? schema.optional() : schema.nullish();
}

/** Few values of each type, so that rows tie, and those at which types differ. */
const VALUES: Partial<Readonly<Record<ScalarName, readonly ColumnValue[]>>> = {
  text: ["a", "b", "", " a", "12", "0012", "12.0", "-0", "é", "\ufeffa", "a#b", "a\u0001b", "🙂"],
  integer: [0, 1, -7, 12, 2_147_483_647, -2_147_483_648],
  bigint: [0n, 1n, 12n, -7n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n), 2n ** 63n - 1n],
  uinteger: [0, 12, 4_294_967_295],
  smallint: [0, 12, -7],
  boolean: [true, false],
  double: [0, -0, 12, 0.1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2 ** 53 - 1],
  float: [0, -0, 12, 0.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53],
  date: [0, 1, -1, 20_453, 20_454, 20_455],
  "decimal-short": [0n, 15n, -15n, 120n],
  "decimal-long": [0n, 1n, -1_500_000n, 12_000_000n, 999_999_999_999_999_999n],
  "decimal-whole": [0n, 12n, -12n, 2n ** 53n],
  "decimal-wide": [0n, 1n, -120_000_000_000n, 10n ** 37n],
  timestamp: times((ms) => BigInt(ms) * US_PER_MS),
  "timestamp-zoned": times((ms) => BigInt(ms) * US_PER_MS),
  "timestamp-ms": times((ms) => BigInt(ms) * US_PER_MS),
  uuid: ["00000000-0000-0000-0000-000000000000"],
};

/** Expired, live, present, as early as allowed, too early, before 1970. */
function times(of: (ms: number) => bigint): readonly bigint[] {
  const near = [-2 * DAY_MS, -DAY_MS, -DAY_MS + 1, -5_000, -4_999, 0, 299_999, 300_001, DAY_MS].map(
    (ms) => NOW_MS + ms,
  );
  return [...near, 0, 1, -1].map(of);
}

/** Times as plain numbers, in the group's unit. */
const UNIT_MS = { s: 1_000, ms: 1, us: 0.001 } as const;

const FIELD_TYPES = Object.keys(VALUES) as readonly ScalarName[];
/** Keys that the engine may compare; now and then one that it may not. */
const KEYS: readonly KeyShape[] = [
  { type: "text", declared: null },
  { type: "text", declared: "text" },
  { type: "text", declared: "integer" },
  { type: "bigint", declared: null },
  { type: "bigint", declared: "integer" },
  { type: "integer", declared: "integer" },
  { type: "uinteger", declared: null },
  { type: "boolean", declared: "boolean" },
  { type: "boolean", declared: null },
  { type: "date", declared: null },
  { type: "timestamp", declared: null },
];
const OTHER_KEYS: readonly KeyShape[] = [
  { type: "double", declared: "integer" },
  { type: "double", declared: null },
  { type: "bigint", declared: "text" },
  { type: "text", declared: "boolean" },
];
/** Types from which a value of each kind may come. */
const SOURCES: Readonly<Record<keyof typeof SCHEMAS, readonly ScalarName[]>> = {
  integer: ["integer", "bigint", "uinteger", "float", "double", "text", "decimal-whole"],
  decimal: [
    "integer",
    "bigint",
    "float",
    "double",
    "text",
    "decimal-short",
    "decimal-long",
    "decimal-whole",
    "decimal-wide",
  ],
  number: ["integer", "uinteger", "float", "double", "decimal-short"],
  bigint: ["bigint", "decimal-whole"],
  text: ["text", "date"],
  boolean: ["boolean"],
  unknown: [
    "text",
    "integer",
    "bigint",
    "double",
    "date",
    "timestamp",
    "timestamp-zoned",
    "decimal-short",
    "decimal-whole",
  ],
};
const ONE_IN = 20;
const TIMES: readonly Omit<TimeShape, "isKey">[] = [
  { type: "timestamp", unit: "timestamp" },
  { type: "timestamp-ms", unit: "timestamp" },
  { type: "timestamp-zoned", unit: "timestamp" },
  { type: "date", unit: "iso" },
  { type: "date", unit: "timestamp" },
  { type: "bigint", unit: "ms" },
  { type: "bigint", unit: "us" },
  { type: "bigint", unit: "s" },
  { type: "bigint", unit: "source" },
];

function rarely<Value>(usual: fc.Arbitrary<Value>, other: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  return fc.oneof({ weight: ONE_IN, arbitrary: usual }, { weight: 1, arbitrary: other });
}

const groups: fc.Arbitrary<GroupShape> = fc.record({
  keys: fc.array(rarely(fc.constantFrom(...KEYS), fc.constantFrom(...OTHER_KEYS)), { minLength: 1, maxLength: 2 }),
  time: fc
    .tuple(fc.constantFrom(...TIMES), fc.integer({ min: 0, max: 4 }))
    .map(([time, n]) => ({ ...time, isKey: n === 4 })),
  hasSequence: fc.boolean(),
  person: fc.option(fc.constantFrom("text" as const, "integer" as const, "bigint" as const, "date" as const), {
    freq: 1,
  }),
  fields: fc.array(
    fc.constantFrom(...(Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[])).chain((accepts) =>
      fc.record({
        type: rarely(fc.constantFrom(...SOURCES[accepts]), fc.constantFrom(...FIELD_TYPES)),
        accepts: fc.constant(accepts),
        wrapping: fc.constantFrom("none", "nullable", "optional", "nullish"),
      }),
    ),
    { minLength: 1, maxLength: 3 },
  ),
  checksWinners: fc.integer({ min: 0, max: 2 }).map((n) => n === 2),
});

function valuesOf(type: ScalarName, isOftenPresent: boolean): fc.Arbitrary<ColumnValue> {
  const values = fc.constantFrom(...(VALUES[type] ?? [null]));
  return fc.option(values, { freq: isOftenPresent ? 30 : 6, nil: null });
}

/** Texts of which the first fits, whatever takes three times its length for an upper bound, and the others do not. */
const LARGE_TEXTS: readonly string[] = ["x".repeat(380_000), "y".repeat(389_120), "z".repeat(400_000)];

/** Features may be too large for the store, now and then. */
function featuresOf(type: ScalarName, hasLarge: boolean): fc.Arbitrary<ColumnValue> {
  const usual = valuesOf(type, false);
  if (type !== "text" || !hasLarge) return usual;
  return fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: fc.constantFrom(...LARGE_TEXTS) });
}

function timesOf({ type, unit }: TimeShape): fc.Arbitrary<ColumnValue> {
  if (type !== "bigint" || unit === "source" || unit === "timestamp" || unit === "iso") return valuesOf(type, true);
  return fc.constantFrom(...times((ms) => BigInt(Math.round(ms / UNIT_MS[unit]))));
}

const ROWS_MAX = 12;

function objectsOf(group: GroupShape, hasLarge: boolean): fc.Arbitrary<GeneratedObject> {
  return fc.integer({ min: 1, max: ROWS_MAX }).chain((rows) => {
    const column = (name: string, type: ScalarName, values: fc.Arbitrary<ColumnValue>) =>
      fc
        .array(values, { minLength: rows, maxLength: rows })
        .map((all) => ({ name, type: { kind: "scalar" as const, name: type }, values: all }));
    const columns = fc.tuple(
      ...group.keys.map(({ type }, index) => column(`k${index}`, type, valuesOf(type, true))),
      column("t", group.time.type, timesOf(group.time)),
      column("s", "bigint", fc.constantFrom(0n, 1n, 2n ** 63n - 1n, -1n, null)),
      column("p", group.person ?? "text", valuesOf(group.person ?? "text", true)),
      ...group.fields.map(({ type }, index) => column(`f${index}`, type, featuresOf(type, hasLarge))),
    );
    return fc.record({
      file: fc.record({
        columns,
        rows: fc.constant(rows),
        writing: fc.record({
          writer: fc.constant("duckdb" as const),
          codec: fc.constantFrom("UNCOMPRESSED" as const, "SNAPPY" as const, "ZSTD" as const, "GZIP" as const),
          version: fc.constantFrom("V1" as const, "V2" as const),
          hasDictionary: fc.boolean(),
          // Enough rows for a second row group, now and then.
          doublings: fc.integer({ min: 0, max: 12 }).map((n) => (n === 12 && !hasLarge ? 9 : 0)),
        }),
        recordsPerSlice: fc.constant(100_000),
      }),
      lastModifiedMs: fc.constantFrom(NOW_MS - 2 * DAY_MS, NOW_MS - 60_000, NOW_MS - 60_000, NOW_MS + DAY_MS),
      damagedAt: fc
        .option(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { freq: 1, nil: null })
        .map((at) => at),
      isLate: fc.integer({ min: 0, max: 5 }).map((n) => n === 5),
    });
  });
}

const LARGE_ONE_IN = 4;

export const reductionCases: fc.Arbitrary<ReductionCase> = fc
  .tuple(groups, fc.integer({ min: 1, max: LARGE_ONE_IN }))
  .chain(([group, n]) => casesOf(group, n === LARGE_ONE_IN));

function casesOf(group: GroupShape, hasLarge: boolean): fc.Arbitrary<ReductionCase> {
  return fc.record({
    group: fc.constant(group),
    objects: fc.array(objectsOf(group, hasLarge), { minLength: 1, maxLength: 3 }).map((objects) =>
      // One in four objects is damaged.
      objects.map((object, index) => ((index + object.file.rows) % 4 === 0 ? object : { ...object, damagedAt: null })),
    ),
    isInSteps: fc.boolean(),
    erased: fc.array(
      fc.record({
        person: fc.constantFrom("a", "12", "0012", "0", "-7", "é", "9007199254740993"),
        untilMs: fc.constantFrom(NOW_MS - 60_000, NOW_MS - DAY_MS / 2, NOW_MS + DAY_MS),
      }),
      { maxLength: 2 },
    ),
    killedAt: fc.option(fc.integer({ min: 0, max: 5 }), { freq: 2, nil: null }),
  });
}
