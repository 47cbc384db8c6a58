/**
 * Explores a mutant of the regimes in its world and judges the result. One that
 * is expected to leave reads right is also explored for reads alone.
 */
import { judge, type MutantResult } from "../mutants/run-mutant.ts";
import { exploreRegimes } from "./explore-regimes.ts";
import type { RegimeMutant } from "./regime-mutants.ts";
import { findRegimeWorld } from "./regime-worlds.ts";

export function runRegimeMutant(mutant: RegimeMutant): MutantResult {
  const world = findRegimeWorld(mutant.world);
  const exploration = exploreRegimes(world, mutant.protocol, { checksUpkeep: mutant.expects !== "violation" });
  if (mutant.expects !== "upkeep") return judge(mutant, exploration, null);
  const ofReads = exploreRegimes(world, mutant.protocol, { checksUpkeep: false });
  return ofReads.finding === null ? judge(mutant, exploration, ofReads.states) : judge(mutant, ofReads, null);
}
