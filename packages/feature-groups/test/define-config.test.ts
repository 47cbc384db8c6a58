import { describe, expect, test } from "vitest";
import * as z from "zod";
import {
  days,
  defineConfig,
  defineGroup,
  FeatureGroupError,
  type GroupDefinition,
  groupOf,
  years,
} from "../src/index.ts";
import { config, passengers, routes } from "./fixtures.ts";

const valid: GroupDefinition = {
  key: ["id"],
  eventTime: { field: "at", unit: "ms" },
  schema: z.object({ value: z.number() }),
  ttlMs: days(1),
};

/** The error of a group that differs from a valid one by `change`. */
function errorOf(change: object, name = "group"): FeatureGroupError {
  try {
    defineConfig({ groups: { [name]: { ...valid, ...change } } });
  } catch (error) {
    if (error instanceof FeatureGroupError) return error;
    throw error;
  }
  throw new Error("the definition was accepted");
}

describe("defineConfig", () => {
  test("fills in what was left out", () => {
    expect(routes).toMatchObject({
      name: "routes",
      sequence: null,
      subject: null,
      schemaVersion: 1,
      maxFutureSkewMs: 300_000,
      checkOfLoads: "all",
      populate: { batch: "if-cached", stream: "always", "on-demand": "always" },
    });
    expect(passengers.populate.batch).toBe("always");
  });

  test("remembers deletes longer than records, and at least 30 days", () => {
    expect(routes.tombstoneTtlMs).toBe(years(100) + days(1));
    expect(passengers.tombstoneTtlMs).toBe(days(31));
    const equal = defineConfig({ groups: { g: { ...valid, tombstoneTtlMs: valid.ttlMs } } });
    expect(equal.groups.g.tombstoneTtlMs).toBe(valid.ttlMs);
  });

  test.each<[object, string, RegExp]>([
    [{ key: [] }, "INVALID_KEY_FIELDS", /must list 1 to 16/],
    [{ key: undefined }, "INVALID_KEY_FIELDS", /must list 1 to 16/],
    [{ key: ["a", "b", "a"] }, "INVALID_KEY_FIELDS", /names "a" twice; remove one/],
    [{ key: [""] }, "INVALID_KEY_FIELDS", /holds ""/],
    [{ key: [1] }, "INVALID_KEY_FIELDS", /holds 1/],
    [{ keyTypes: ["integer"] }, "INVALID_KEY_FIELDS", /`keyTypes` is an array of 1; name a type for key fields/],
    [{ keyTypes: { other: "integer" } }, "INVALID_KEY_FIELDS", /names "other"; the key fields are/],
    [{ keyTypes: { id: "number" } }, "INVALID_KEY_FIELDS", /id: "number"; the types are integer, text, boolean/],
    [
      { keyTypes: { id: "text" }, eventTime: { field: "id", unit: "ms" } },
      "INVALID_KEY_FIELDS",
      /"id", the event time, whose unit is its type/,
    ],
    [{ eventTime: undefined }, "INVALID_EVENT_TIME_RULE", /`eventTime` is undefined; use/],
    [{ eventTime: "at" }, "INVALID_EVENT_TIME_RULE", /use \{ field/],
    [{ eventTime: { field: "at", unit: "minutes" } }, "INVALID_EVENT_TIME_RULE", /unit` is "minutes"/],
    [{ eventTime: { field: "at" } }, "INVALID_EVENT_TIME_RULE", /unit` is undefined/],
    [{ eventTime: { unit: "ms" } }, "INVALID_EVENT_TIME_RULE", /field` is undefined/],
    [{ eventTime: { from: "now" } }, "INVALID_EVENT_TIME_RULE", /can only be "source"/],
    [{ eventTime: { from: "source", field: "at", unit: "s" } }, "INVALID_EVENT_TIME_RULE", /without a field/],
    [{ schema: undefined }, "INVALID_SCHEMA", /not a Standard Schema/],
    [{ schema: { value: "number" } }, "INVALID_SCHEMA", /z\.object/],
    [{ ttlMs: 0 }, "INVALID_TTL", /`ttlMs` is 0; give whole milliseconds/],
    [{ ttlMs: -1 }, "INVALID_TTL", /-1/],
    [{ ttlMs: 1.5 }, "INVALID_TTL", /1\.5/],
    [{ ttlMs: Number.POSITIVE_INFINITY }, "INVALID_TTL", /up to a thousand years/],
    [{ ttlMs: years(1_001) }, "INVALID_TTL", /up to a thousand years/],
    [{ ttlMs: null }, "INVALID_TTL", /null/],
    [{ tombstoneTtlMs: days(1) - 1 }, "INVALID_TTL", /shorter than `ttlMs`.*would come back/],
    [{ tombstoneTtlMs: Number.NaN }, "INVALID_TTL", /NaN/],
    [{ sequence: "" }, "INVALID_OPTION", /`sequence` is ""/],
    [{ subject: 7 }, "INVALID_OPTION", /`subject` is 7/],
    [{ populate: { batch: "never" } }, "INVALID_OPTION", /batch: "never"/],
    [{ populate: { nightly: "always" } }, "INVALID_OPTION", /the lanes are batch, stream, on-demand/],
    [{ schemaVersion: 0 }, "INVALID_OPTION", /count 1, 2, 3/],
    [{ checkOfLoads: "some" }, "INVALID_OPTION", /`checkOfLoads` is "some"; choose "all" or "winners"/],
    [{ maxFutureSkewMs: -1 }, "INVALID_OPTION", /`maxFutureSkewMs` is -1/],
    [{ tombstoneTtl: 5 }, "INVALID_OPTION", /unknown option tombstoneTtl; the options are key,/],
  ])("case %#: %o is %s", (change, code, message) => {
    const error = errorOf(change);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^feature group "group": /);
    expect(error.fields).toEqual({ group: "group" });
  });

  test.each(["Routes", "1st", "-a", "a_b", "a#b", "", "é", "__proto__x", "a".repeat(65)])(
    "refuses the name %j",
    (name) => {
      expect(errorOf({}, name).code).toBe("INVALID_GROUP_NAME");
    },
  );

  test("says that a group is no definition", () => {
    const groups = { g: null as unknown as GroupDefinition };
    expect(() => defineConfig({ groups })).toThrow(/the definition is null; use defineGroup/);
  });

  test("refuses a configuration without groups", () => {
    expect(() => defineConfig({ groups: {} })).toThrow(/defines no group/);
  });
});

describe("groupOf", () => {
  test("finds groups and nothing that objects inherit", () => {
    expect(groupOf(config, "routes")).toBe(routes);
    for (const name of ["constructor", "__proto__", "toString", "none"]) {
      expect(() => groupOf(config, name as "routes")).toThrow(/the configuration defines routes, departures/);
    }
  });

  test("a group may be named as what objects inherit", () => {
    const own = defineConfig({ groups: { constructor: defineGroup(valid) } });
    expect(groupOf(own, "constructor").name).toBe("constructor");
  });
});
