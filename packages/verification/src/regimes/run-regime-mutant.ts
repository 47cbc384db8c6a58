/** Explores a mutant of the regimes in its world and judges the result. */
import type { MutantResult } from "../mutants/run-mutant.ts";
import { exploreRegimes } from "./explore-regimes.ts";
import type { RegimeMutant } from "./regime-mutants.ts";
import { findRegimeWorld } from "./regime-worlds.ts";

export function runRegimeMutant(mutant: RegimeMutant): MutantResult {
  const exploration = exploreRegimes(findRegimeWorld(mutant.world), mutant.protocol);
  const outcome = exploration.finding?.kind ?? "survives";
  return { mutant, outcome, isExpected: outcome === mutant.expects, exploration, statesWithRightReads: null };
}
