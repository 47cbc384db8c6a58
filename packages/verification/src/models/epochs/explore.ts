/** Visits every state of a world of cache epochs. */
import { searchSpace, type Exploration, type ExploreOptions } from "../../engine/search.ts";
import { createCacheEpochModel } from "./model.ts";
import type { CacheEpochProtocol } from "./protocol.ts";
import type { CacheEpochWorld } from "./world.ts";

export function exploreCacheEpochs(
  world: CacheEpochWorld,
  protocol: CacheEpochProtocol,
  options: ExploreOptions = {},
): Exploration {
  return searchSpace(createCacheEpochModel(world, protocol), options);
}
