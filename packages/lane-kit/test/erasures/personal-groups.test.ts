import { days, defineConfig, defineGroup } from "@trilane/feature-groups";
import { expect, it } from "vitest";
import { z } from "zod";
import { clientOfEveryGroup, personalGroups, refusedGroups } from "../../src/index.ts";

const common = {
  key: ["id"],
  eventTime: { field: "at", unit: "ms" },
  schema: z.object({ n: z.number() }),
  ttlMs: days(1),
} as const;
const routes = defineGroup(common);
const bookings = defineGroup({ ...common, subject: "passenger" });

it("has the groups with records of persons", () => {
  expect(personalGroups({ config: defineConfig({ groups: { routes, bookings } }) })).toEqual(["bookings"]);
});

it("asks for the right on every group where none has records of persons", () => {
  const groups = personalGroups({ config: defineConfig({ groups: { routes } }) });
  expect(
    refusedGroups({ name: "reader", rights: new Map([["routes", new Set(["erase"] as const)]]) }, "erase", groups),
  ).toEqual(["*"]);
  expect(refusedGroups(clientOfEveryGroup("privacy", ["erase"]), "erase", groups)).toEqual([]);
});
