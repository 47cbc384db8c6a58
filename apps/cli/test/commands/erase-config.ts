/** Groups whose records belong to persons, for the tests of `erase` and `subject`. */
import { days, defineConfig, defineGroup, type KeyForm } from "@trilane/feature-groups";
import { z } from "zod";

const keys: KeyForm = process.env["TEST_MEMBER_KEYS"] === "plain" ? "plain" : "digests";

export const bookings = defineGroup({
  key: ["booking"],
  eventTime: { field: "at", unit: "iso" },
  subject: "passenger",
  schema: z.object({ miles: z.number() }),
  ttlMs: days(36_500),
});

export const config = defineConfig({
  groups: {
    bookings,
    members: defineGroup({
      key: ["mail"],
      keys,
      eventTime: { field: "at", unit: "iso" },
      subject: "mail",
      schema: z.object({ level: z.number() }),
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
