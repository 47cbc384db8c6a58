/** A mutant: the protocol without one rule, and the finding that is expected of it. */
import type { Exploration } from "../engine/search.ts";

export interface MutantSummary {
  readonly name: string;
  /** The rule's number in docs/protocol.md, or the name of the function or setting. */
  readonly rule: string;
  /** The mutant's behaviour instead, as a sentence without a subject. */
  readonly instead: string;
  /**
   * "violation": a read is not linearizable. "upkeep": reads stay right, and the cache is of no use. "survives":
   * neither; `reason` says why.
   */
  readonly expects: "violation" | "upkeep" | "survives";
  readonly reason?: string;
}

export interface Mutant<Protocol> extends MutantSummary {
  readonly protocol: Protocol;
  /** The world in which it is found. */
  readonly world: string;
}

export interface MutantResult {
  readonly mutant: MutantSummary;
  readonly outcome: "violation" | "upkeep" | "survives";
  readonly isExpected: boolean;
  /** The exploration that decided. */
  readonly exploration: Exploration;
  /** States explored without a wrong read, for mutants that leave reads right; else null. */
  readonly statesWithRightReads: number | null;
}

export function judge(
  mutant: MutantSummary,
  exploration: Exploration,
  statesWithRightReads: number | null,
): MutantResult {
  const outcome = exploration.finding?.kind ?? "survives";
  return { mutant, outcome, isExpected: outcome === mutant.expects, exploration, statesWithRightReads };
}
