import { defineConfig, days, groupOf } from "@trilane/feature-groups";
import { expect, test } from "vitest";
import * as z from "zod";
import { columnsTakenBy } from "../src/decode.ts";
import { groupReason } from "../src/engine/engine-units.ts";

const common = { key: ["id"], eventTime: { field: "at", unit: "ms" }, schema: z.object({ a: z.string() }) } as const;
const config = defineConfig({
  groups: {
    plain: { ...common, ttlMs: days(1) },
    ending: { ...common, ttlMs: days(1), recordTtl: { field: "lives", unit: "s" } },
    owned: { ...common, ttlMs: days(1), subject: "person", sequence: "n" },
  },
});

test("of a file's columns those are taken that say when a record ends, whose it is, and what it holds", () => {
  expect(columnsTakenBy(groupOf(config, "plain"))).toEqual(["id", "at", "a"]);
  expect(columnsTakenBy(groupOf(config, "ending"))).toEqual(["id", "at", "lives", "a"]);
  expect(columnsTakenBy(groupOf(config, "owned"))).toEqual(["id", "at", "n", "person", "a"]);
});

test("a group whose records end by themselves is not reduced, since each row's end counts", () => {
  expect(groupReason(groupOf(config, "plain"))).toBeNull();
  expect(groupReason(groupOf(config, "ending"))).toBe('the group "ending" has records that end by themselves');
});
