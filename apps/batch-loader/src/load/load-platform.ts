/** The parts of the composition root that a load uses. */
import type { Platform } from "@trilane/lane-kit";

/** The parts with which rows are written. */
export type WritingPlatform = Pick<Platform, "config" | "clock" | "random" | "writer" | "metrics"> & {
  readonly cacheEpoch: Pick<Platform["cacheEpoch"], "timeOfDay">;
};

export type LoadPlatform = WritingPlatform &
  Pick<Platform, "subjects"> & {
    /** Tells whether a row that is too large has lost. */
    readonly coreReader: Pick<Platform["coreReader"], "read">;
  };
