/** The one feature group of the run, as every process of it loads it (TRILANE_CONFIG). */
import { days, defineConfig, defineGroup, integer } from "@trilane/feature-groups";
import * as z from "zod";

export const config = defineConfig({
  groups: {
    sensors: defineGroup({
      key: ["id"],
      eventTime: { field: "at", unit: "ms" },
      // `pad` makes a copy so large that the cache must evict. It holds the marker of the record's person.
      schema: z.object({ n: integer(), owner: z.string(), pad: z.string() }),
      subject: "owner",
      recordTtl: { field: "lifeMs", unit: "ms" },
      // By this no record expires in a run, but a clock that is hours ahead would make it expire.
      ttlMs: days(1 / 12),
      // More than a clock that counts as confirmed may be behind; an erasure of the present covers as much.
      maxFutureSkewMs: 10_000,
    }),
  },
});

export const GROUP = "sensors";
