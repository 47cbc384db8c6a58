/** The one feature group of the run, as every process of it loads it (TRILANE_CONFIG). */
import { defineConfig, defineGroup, integer, years } from "@trilane/feature-groups";
import * as z from "zod";

export const config = defineConfig({
  groups: {
    sensors: defineGroup({
      key: ["id"],
      eventTime: { field: "at", unit: "ms" },
      // `pad` makes a copy large enough that the cache must evict.
      schema: z.object({ n: integer(), pad: z.string() }),
      ttlMs: years(10),
    }),
  },
});

export const GROUP = "sensors";
