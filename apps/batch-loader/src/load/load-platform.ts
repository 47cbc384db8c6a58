/** The part of the composition root that a load uses. */
import type { Platform } from "@trilane/lane-kit";

export type LoadPlatform = Pick<Platform, "config" | "clock" | "random" | "writer" | "metrics"> & {
  readonly cacheEpoch: Pick<Platform["cacheEpoch"], "timeOfDay">;
};
