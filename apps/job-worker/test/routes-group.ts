import { defineGroup, type GroupDefinition, integer, years } from "@trilane/feature-groups";
import { z } from "zod";

export const routesGroup: GroupDefinition = defineGroup({
  key: ["origin", "destination"],
  eventTime: { field: "date", unit: "timestamp" },
  schema: z.object({ delay: integer() }),
  ttlMs: years(100),
});

/** A group without an event time of its own. */
export const airportsGroup: GroupDefinition = defineGroup({
  key: ["iata"],
  eventTime: { from: "source" },
  schema: z.object({ name: z.string() }),
  ttlMs: years(100),
});
