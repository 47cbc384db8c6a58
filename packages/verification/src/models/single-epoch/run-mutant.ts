/**
 * Explores a mutant in its world and judges the result.
 *
 * A mutant that is expected to break reads is judged by reads alone. One that
 * is expected to leave reads right is also explored in every quick world for
 * reads alone, unless the caller asks for the short form.
 */
import { explore } from "./explore.ts";
import type { Exploration } from "../../engine/search.ts";
import { findWorld, worlds } from "./worlds.ts";
import type { Mutant, MutantSummary } from "../mutant.ts";

export interface MutantResult {
  readonly mutant: MutantSummary;
  readonly outcome: "violation" | "upkeep" | "survives";
  readonly isExpected: boolean;
  /** The run that decided. */
  readonly exploration: Exploration;
  /** States explored without a wrong read, for mutants that leave reads right; else null. */
  readonly statesWithRightReads: number | null;
}

export interface RunMutantOptions {
  /** Whether to look for wrong reads in all quick worlds, too. */
  readonly isThorough: boolean;
}

export function runMutant(mutant: Mutant, options: RunMutantOptions): MutantResult {
  const checksUpkeep = mutant.expects !== "violation";
  const exploration = explore(findWorld(mutant.world), mutant.protocol, { checksUpkeep });
  const outcome = exploration.finding?.kind ?? "survives";
  if (outcome === "violation" || !options.isThorough) return judge(mutant, exploration, null);
  return lookForWrongReads(mutant, exploration);
}

function lookForWrongReads(mutant: Mutant, decided: Exploration): MutantResult {
  let states = 0;
  for (const world of worlds) {
    if (!world.quick || world.expects !== "nothing") continue;
    const exploration = explore(world, mutant.protocol, { checksUpkeep: false });
    if (exploration.finding !== null) return judge(mutant, exploration, null);
    states += exploration.states;
  }
  return judge(mutant, decided, states);
}

export function judge(
  mutant: MutantSummary,
  exploration: Exploration,
  statesWithRightReads: number | null,
): MutantResult {
  const outcome = exploration.finding?.kind ?? "survives";
  const isExpected = outcome === mutant.expects;
  return { mutant, outcome, isExpected, exploration, statesWithRightReads };
}
