/**
 * The rules of erasures as the explorer runs them: the production functions,
 * and the duties of the code around them.
 *
 * A mutant is another value of this type, so production code has no switches.
 */
import { sweepStateAfter } from "@trilane/write-through";
import {
  createErasurePlan,
  type ErasurePlan,
  type ErasureRules,
  erasureRules,
  reduceByKey,
} from "@trilane/write-through/protocol";

/** The first value of each setting is production's. */
export interface ErasureSettings {
  /** Whether an erasure is announced, and comes into force when no older lease is left. */
  readonly announces: "first" | "never";
  /** When a writer refuses what is erased. */
  readonly refuses: "before-reduction" | "after-reduction";
  /** The way of the records that lost to one that was refused later. */
  readonly losers: "sent-again" | "settled";
  /** The processes whose digests are made with another key than the table's. */
  readonly digests: "of-one-key" | "of-another-key-in-readers" | "of-another-key-in-writers";
  /** The request that renews the lease of a process. */
  readonly leases: "by-look" | "by-put";
  readonly sweeps: "until-rested" | "once" | "never";
}

export interface ProtocolUnderTest {
  readonly plan: ErasurePlan;
  readonly reduceByKey: typeof reduceByKey;
  readonly sweepStateAfter: typeof sweepStateAfter;
  readonly settings: ErasureSettings;
}

const productionSettings: ErasureSettings = {
  announces: "first",
  refuses: "before-reduction",
  losers: "sent-again",
  digests: "of-one-key",
  leases: "by-look",
  sweeps: "until-rested",
};

export const productionProtocol: ProtocolUnderTest = {
  plan: createErasurePlan(erasureRules),
  reduceByKey,
  sweepStateAfter,
  settings: productionSettings,
};

/** The protocol with other rules and settings. */
export function without(
  rules: Partial<ErasureRules>,
  settings: Partial<ErasureSettings> = {},
  base: ProtocolUnderTest = productionProtocol,
): ProtocolUnderTest {
  return {
    ...base,
    plan: createErasurePlan({ ...erasureRules, ...rules }),
    settings: { ...base.settings, ...settings },
  };
}
