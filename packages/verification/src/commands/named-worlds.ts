/** The worlds of all models under one list of names. */
import { explore } from "../models/single-epoch/model.ts";
import { productionProtocol } from "../models/single-epoch/protocol.ts";
import type { Exploration, ExploreOptions } from "../engine/search.ts";
import { worlds } from "../models/single-epoch/worlds.ts";
import { explore as exploreEpochs } from "../models/epochs/model.ts";
import { productionProtocol as productionEpochs } from "../models/epochs/protocol.ts";
import { worlds as epochWorlds } from "../models/epochs/worlds.ts";
import { explore as exploreErasures } from "../models/erasure/model.ts";
import { productionProtocol as productionErasures } from "../models/erasure/protocol.ts";
import { worlds as erasureWorlds } from "../models/erasure/worlds.ts";
import { findByName } from "../models/find-world.ts";

export interface NamedWorld {
  readonly name: string;
  readonly summary: string;
  readonly quick: boolean;
  readonly expects: "nothing" | "violation" | "upkeep";
  /** The search stops at so many states, unless more are asked for; null: it goes to the end. */
  readonly statesMax: number | null;
  readonly run: (options: ExploreOptions) => Exploration;
}

export const namedWorlds: readonly NamedWorld[] = [
  ...worlds.map((world): NamedWorld => ({
    ...world,
    statesMax: null,
    run: (options) => explore(world, productionProtocol, options),
  })),
  ...epochWorlds.map((world): NamedWorld => ({
    ...world,
    run: (options) => exploreEpochs(world, productionEpochs, options),
  })),
  ...erasureWorlds.map((world): NamedWorld => ({
    ...world,
    run: (options) => exploreErasures(world, productionErasures, options),
  })),
];

export function findNamedWorld(name: string): NamedWorld {
  return findByName(namedWorlds, name);
}
