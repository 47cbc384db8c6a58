/**
 * Visits every state of a world of one epoch, or of epochs that all processes
 * learn of at once.
 */
import { createModel } from "./model.ts";
import type { ProtocolUnderTest } from "./protocol.ts";
import { searchSpace, type Exploration, type ExploreOptions } from "../../engine/search.ts";
import type { World } from "./world.ts";

export function explore(world: World, protocol: ProtocolUnderTest, options: ExploreOptions = {}): Exploration {
  return searchSpace(createModel(world, protocol), options);
}
