/**
 * Explores a mutant in its world, and judges the result.
 *
 * A mutant that should break reads is judged by reads alone. A mutant that
 * should leave reads right is also explored in every quick world for reads
 * alone, unless the caller asks for the short form.
 */
import { explore } from "./model.ts";
import { findWorld, worlds } from "./worlds.ts";
import type { Exploration } from "../../engine/search.ts";
import { judge, type Mutant, type MutantResult } from "../mutant.ts";
import type { ProtocolUnderTest } from "./protocol.ts";

export interface RunMutantOptions {
  /** Whether to look for wrong reads in all quick worlds as well. */
  readonly isThorough: boolean;
}

export function runMutant(mutant: Mutant<ProtocolUnderTest>, options: RunMutantOptions): MutantResult {
  const checksUpkeep = mutant.expects !== "violation";
  const exploration = explore(findWorld(mutant.world), mutant.protocol, { checksUpkeep });
  const outcome = exploration.finding?.kind ?? "survives";
  if (outcome === "violation" || !options.isThorough) return judge(mutant, exploration, null);
  return lookForWrongReads(mutant, exploration);
}

function lookForWrongReads(mutant: Mutant<ProtocolUnderTest>, decided: Exploration): MutantResult {
  let states = 0;
  for (const world of worlds) {
    if (!world.quick || world.expects !== "nothing") continue;
    const exploration = explore(world, mutant.protocol, { checksUpkeep: false });
    if (exploration.finding !== null) return judge(mutant, exploration, null);
    states += exploration.states;
  }
  return judge(mutant, decided, states);
}
