/** The groups of a table whose key of digests can be changed in place: none of them stores its keys as digests. */
import { defineConfig } from "@trilane/feature-groups";
import { bookings } from "./erase-config.ts";

export const config = defineConfig({ groups: { bookings } });
