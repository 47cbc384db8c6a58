/** What a load needs of the composition root. */
import type { Platform } from "@trilane/lane-kit";

export type LoadPlatform = Pick<Platform, "config" | "logger" | "clock" | "random" | "writer" | "metrics">;
