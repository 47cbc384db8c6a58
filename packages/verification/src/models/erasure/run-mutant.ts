/** Explores a mutant of the erasures in its world. One that should leave reads right is also explored for reads alone. */
import { judge, type Mutant, type MutantResult } from "../mutant.ts";
import { explore } from "./model.ts";
import type { ProtocolUnderTest } from "./protocol.ts";
import { findWorld } from "./worlds.ts";

export function runMutant(mutant: Mutant<ProtocolUnderTest>): MutantResult {
  const world = findWorld(mutant.world);
  const exploration = explore(world, mutant.protocol, { checksUpkeep: mutant.expects !== "violation" });
  if (mutant.expects === "violation") return judge(mutant, exploration, null);
  // A search that found nothing has found no wrong read either.
  if (exploration.finding === null) return judge(mutant, exploration, exploration.states);
  const ofReads = explore(world, mutant.protocol, { checksUpkeep: false });
  return ofReads.finding === null ? judge(mutant, exploration, ofReads.states) : judge(mutant, ofReads, null);
}
