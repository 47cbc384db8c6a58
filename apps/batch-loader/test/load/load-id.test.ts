import { defineConfig, type FeatureGroup, type GroupDefinition } from "@trilane/feature-groups";
import { describe, expect, test } from "vitest";
import { checkLoadId, planIdOf } from "../../src/load/load-id.ts";
import type { SourceObject } from "../../src/s3/source-object.ts";
import { sourceObject } from "../source-object.ts";

/** A schema without a library. */
function schemaOf(limit: number): GroupDefinition["schema"] {
  const validate = (value: unknown): { value: object } => ({ value: value as object });
  return { "~standard": { version: 1, vendor: "none", validate }, limit } as GroupDefinition["schema"];
}

describe("planIdOf", () => {
  const group = { key: ["id"], eventTime: { from: "source" }, schema: schemaOf(1), ttlMs: 1 } as const;
  const identity = (name: string, objects: readonly SourceObject[], more: Partial<GroupDefinition> = {}): string => {
    const { groups } = defineConfig({ groups: { [name]: { ...group, ...more } } });
    const limits = { ndjsonRangeBytes: 1, parquetPartBytesMax: 1, parquetPartRowsMax: 1 };
    return planIdOf({ group: groups[name] as FeatureGroup, objects, limits });
  };

  test("follows from the group's definition, the objects, their contents and their times", () => {
    const same = identity("routes", [sourceObject]);
    expect(identity("routes", [{ ...sourceObject, size: 2 }])).toBe(same);
    const others = [
      identity("other", [sourceObject]),
      identity("routes", [sourceObject], { schemaVersion: 2 }),
      identity("routes", [sourceObject], { schema: schemaOf(2) }),
      identity("routes", [{ ...sourceObject, etag: '"2"' }]),
      identity("routes", [{ ...sourceObject, lastModifiedMs: 1_000 }]),
      identity("routes", [sourceObject, sourceObject]),
    ];
    expect(new Set([same, ...others]).size).toBe(7);
  });
});

describe("checkLoadId", () => {
  test("refuses what cannot be part of a key or an address, with the name and what is allowed", () => {
    expect(() => checkLoadId("flights-2001.v2_a")).not.toThrow();
    for (const bad of ["", "a/b", "a b", "a#b", "x".repeat(101)]) {
      expect(() => checkLoadId(bad)).toThrow(`the load id "${bad}" is not allowed: up to 100 of`);
    }
  });
});
