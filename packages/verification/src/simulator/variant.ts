/**
 * The protocol that a simulation runs: production's, or a mutant of it. The
 * mutants are those of the explorer, and those of clocks. Their functions are
 * given to the real writer and keeper, and to the memory cache.
 */
import { type StoredBody } from "@trilane/write-through";
import {
  type CacheTransitions,
  createCacheTransitions,
  createErasurePlan,
  type ErasurePlan,
  type ErasureRules,
  erasureRules,
  type WritePlan,
  writePlan,
} from "@trilane/write-through/protocol";
import { productionProtocol, productionSettings, type ProtocolUnderTest } from "../models/single-epoch/protocol.ts";
import { type ClockVariant, clockMutants, productionClocks } from "./clock-variants.ts";
import type { Mutant } from "../models/mutant.ts";
import { mutants } from "../models/single-epoch/mutants.ts";

export interface Variant {
  readonly name: string;
  readonly transitions: CacheTransitions<StoredBody>;
  readonly writePlan: WritePlan;
  /** Evictions take fences as well. */
  readonly losesFences: boolean;
  readonly clocks: ClockVariant;
  readonly erasurePlan: ErasurePlan;
  /**
   * Whether persons are erased. Mutants of other rules run without, so that a seed that shows one goes on showing it.
   */
  readonly erases: boolean;
}

const transitions = createCacheTransitions<StoredBody>();

export const production: Variant = {
  name: "production",
  transitions,
  writePlan,
  losesFences: false,
  clocks: productionClocks,
  erasurePlan: createErasurePlan(),
  erases: true,
};

export const withoutErasures: Variant = { ...production, name: "without erasures", erases: false };

const erasureMutants: Readonly<Record<string, Partial<ErasureRules>>> = {
  "writers do not refuse": { writersRefuse: false },
  "readers do not refuse": { readersRefuse: false },
  "a reader does not look again": { looksAgain: false },
  "a reader hides by what it learned after it read": { hidesByEarlierKnowledge: false },
  "sweeps that do not know lifts": { sweepsSpareLifted: false },
};

/**
 * The names of the mutants that a simulation can run. It has no counterpart for some settings, so their mutants are
 * left out.
 */
export function simulatedMutants(): readonly string[] {
  const names = mutants.filter((mutant) => variantOf(mutant) !== null).map(({ name }) => name);
  return [...names, ...Object.keys(clockMutants), ...Object.keys(erasureMutants)];
}

/** @throws RangeError when there is no such mutant, or none that can be simulated. */
export function findVariant(name: string): Variant {
  const clocks = clockMutants[name];
  if (clocks !== undefined) return { ...withoutErasures, name, clocks };
  const rules = erasureMutants[name];
  if (rules !== undefined) {
    return { ...production, name, erasurePlan: createErasurePlan({ ...erasureRules, ...rules }) };
  }
  const mutant = mutants.find((candidate) => candidate.name === name);
  const variant = mutant === undefined ? null : variantOf(mutant);
  if (variant !== null) return variant;
  const names = simulatedMutants().map((candidate) => `"${candidate}"`);
  throw new RangeError(`no mutant that can be simulated is called "${name}"; there are ${names.join(", ")}`);
}

function variantOf({ name, protocol }: Mutant<ProtocolUnderTest>): Variant | null {
  const { settings, reduceByKey } = protocol;
  const losesFences = settings.fences === "expire";
  const isOtherwiseSet = Object.entries(productionSettings).some(
    ([setting, value]) => setting !== "fences" && Reflect.get(settings, setting) !== value,
  );
  // The writer imports its reduction, so it cannot be replaced from here.
  if (isOtherwiseSet || reduceByKey !== productionProtocol.reduceByKey) return null;
  const isUnchanged =
    protocol.transitions === productionProtocol.transitions && protocol.writePlan === productionProtocol.writePlan;
  if (isUnchanged && !losesFences) return null;
  return {
    ...withoutErasures,
    name,
    // No transition looks into a body, so the transitions of the explorer's bodies fit any bodies.
    transitions: protocol.transitions as unknown as CacheTransitions<StoredBody>,
    writePlan: protocol.writePlan,
    losesFences,
  };
}
