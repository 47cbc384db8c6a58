/** Groups whose records belong to persons, for the tests of `erase` and `subject`. */
import { days, defineConfig, defineGroup } from "@trilane/feature-groups";
import { z } from "zod";

export const config = defineConfig({
  groups: {
    bookings: defineGroup({
      key: ["booking"],
      eventTime: { field: "at", unit: "iso" },
      subject: "passenger",
      schema: z.object({ miles: z.number() }),
      ttlMs: days(36_500),
    }),
    gates: defineGroup({
      key: ["gate"],
      eventTime: { field: "at", unit: "iso" },
      schema: z.object({ open: z.boolean() }),
      ttlMs: days(36_500),
    }),
  },
});
