/** Visits every state of a world of regimes. */
import { searchSpace, type Exploration, type ExploreOptions } from "../explorer/search.ts";
import { createRegimeModel } from "./regime-model.ts";
import type { RegimeProtocol } from "./regime-protocol.ts";
import type { RegimeWorld } from "./regime-world.ts";

export function exploreRegimes(
  world: RegimeWorld,
  protocol: RegimeProtocol,
  options: ExploreOptions = {},
): Exploration {
  return searchSpace(createRegimeModel(world, protocol), options);
}
