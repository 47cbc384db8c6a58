/**
 * The feature groups of this deployment: flights of the United States in 2001
 * and the airports between which they flew.
 *
 * `date` arrives as a Parquet timestamp from files and as ISO text from the
 * stream and from jobs: unit "timestamp" takes both. The records are decades
 * old, so they live for a century.
 */
import { decimal, defineConfig, defineGroup, integer, years } from "@trilane/feature-groups";
import * as z from "zod";

const flight = z.object({ delay: integer(), distance: integer() });

export const config = defineConfig({
  groups: {
    /** The latest flight of each route: a few thousand keys, each updated hundreds of times. */
    routes: defineGroup({
      key: ["origin", "destination"],
      eventTime: { field: "date", unit: "timestamp" },
      schema: flight,
      ttlMs: years(100),
    }),

    /** Every departure by itself: almost every record is its own key. */
    departures: defineGroup({
      key: ["origin", "destination", "date"],
      eventTime: { field: "date", unit: "timestamp" },
      schema: flight,
      ttlMs: years(100),
    }),

    /** Reference data without a time of its own: the file's last change stands for it. */
    airports: defineGroup({
      key: ["iata"],
      eventTime: { from: "source" },
      schema: z.object({
        name: z.string(),
        city: z.string(),
        state: z.string(),
        country: z.string(),
        latitude: decimal(),
        longitude: decimal(),
      }),
      ttlMs: years(100),
    }),
  },
});
