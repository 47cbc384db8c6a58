/** The feature group of the large loads: few keys and many records, so that the servers are not what is measured. */
import { defineConfig, defineGroup, years } from "@trilane/feature-groups";
import * as z from "zod";

export const config = defineConfig({
  groups: {
    samples: defineGroup({
      key: ["station"],
      eventTime: { field: "observed_at", unit: "timestamp" },
      sequence: "number",
      schema: z.object({ value: z.number(), quality: z.string(), text: z.string().optional() }),
      ttlMs: years(100),
    }),
  },
});
