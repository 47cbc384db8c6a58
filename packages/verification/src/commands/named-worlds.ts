/** The worlds of both models under one list of names. */
import { explore } from "../explorer/explore.ts";
import { productionProtocol } from "../explorer/protocol-under-test.ts";
import type { Exploration, ExploreOptions } from "../explorer/search.ts";
import { worlds } from "../explorer/worlds.ts";
import { exploreRegimes } from "../regimes/explore-regimes.ts";
import { productionRegimes } from "../regimes/regime-protocol.ts";
import { regimeWorlds } from "../regimes/regime-worlds.ts";

export interface NamedWorld {
  readonly name: string;
  readonly summary: string;
  readonly quick: boolean;
  readonly expects: "nothing" | "violation" | "upkeep";
  /** Where it is left, unless more are asked for; null: at its end. */
  readonly statesMax: number | null;
  readonly run: (options: ExploreOptions) => Exploration;
}

export const namedWorlds: readonly NamedWorld[] = [
  ...worlds.map((world): NamedWorld => ({
    ...world,
    statesMax: null,
    run: (options) => explore(world, productionProtocol, options),
  })),
  ...regimeWorlds.map((world): NamedWorld => ({
    ...world,
    run: (options) => exploreRegimes(world, productionRegimes, options),
  })),
];

/** @throws RangeError when there is no such world. */
export function findNamedWorld(name: string): NamedWorld {
  const world = namedWorlds.find((candidate) => candidate.name === name);
  if (world === undefined) {
    const names = namedWorlds.map((candidate) => candidate.name).join(", ");
    throw new RangeError(`no world is called "${name}"; there are ${names}`);
  }
  return world;
}
