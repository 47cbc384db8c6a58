/** The one feature group of the run, as every process of it loads it (TRILANE_CONFIG). */
import { days, defineConfig, defineGroup, integer } from "@trilane/feature-groups";
import * as z from "zod";

export const config = defineConfig({
  groups: {
    sensors: defineGroup({
      key: ["id"],
      eventTime: { field: "at", unit: "ms" },
      // `pad` makes a copy so large that the cache must evict.
      schema: z.object({ n: integer(), pad: z.string() }),
      // No record expires in a run, but a clock that is hours ahead would make it expire.
      ttlMs: days(1 / 12),
    }),
  },
});

export const GROUP = "sensors";
