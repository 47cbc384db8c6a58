/**
 * Explores a mutant of the cache epochs in its world, and judges the result. A
 * mutant that should leave reads right is also explored for reads alone.
 */
import { judge, type Mutant, type MutantResult } from "../mutant.ts";
import { exploreCacheEpochs } from "./explore.ts";
import type { CacheEpochProtocol } from "./protocol.ts";
import { findCacheEpochWorld } from "./worlds.ts";

export function runCacheEpochMutant(mutant: Mutant<CacheEpochProtocol>): MutantResult {
  const world = findCacheEpochWorld(mutant.world);
  const exploration = exploreCacheEpochs(world, mutant.protocol, { checksUpkeep: mutant.expects !== "violation" });
  if (mutant.expects !== "upkeep") return judge(mutant, exploration, null);
  const ofReads = exploreCacheEpochs(world, mutant.protocol, { checksUpkeep: false });
  return ofReads.finding === null ? judge(mutant, exploration, ofReads.states) : judge(mutant, ofReads, null);
}
