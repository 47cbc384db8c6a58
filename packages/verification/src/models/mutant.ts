/** A mutant: the protocol with one rule taken away, and what that is expected to show. */
import type { ProtocolUnderTest } from "./single-epoch/protocol.ts";

export interface MutantSummary {
  readonly name: string;
  /** The rule's number in docs/protocol.md, or the function or setting that it is. */
  readonly rule: string;
  /** What the mutant does instead, as a sentence without a subject. */
  readonly instead: string;
  /**
   * "violation": a read that is not linearizable. "upkeep": reads stay right, and
   * the cache is of no use. "survives": neither; `reason` says why that is so.
   */
  readonly expects: "violation" | "upkeep" | "survives";
  readonly reason?: string;
}

export interface Mutant extends MutantSummary {
  readonly protocol: ProtocolUnderTest;
  /** The world in which it is found. */
  readonly world: string;
}
