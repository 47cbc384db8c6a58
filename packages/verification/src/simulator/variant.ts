/**
 * The protocol that a simulation runs: production's, or a mutant of it. The
 * mutants are those of the explorer, and those of clocks. Their functions are
 * given to the real writer and keeper, and to the memory cache.
 */
import { type StoredBody } from "@trilane/write-through";
import {
  type CacheTransitions,
  createCacheTransitions,
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
}

const transitions = createCacheTransitions<StoredBody>();

export const production: Variant = {
  name: "production",
  transitions,
  writePlan,
  losesFences: false,
  clocks: productionClocks,
};

/**
 * The names of the mutants that a simulation can run. It has no counterpart for some settings, so their mutants are
 * left out.
 */
export function simulatedMutants(): readonly string[] {
  const names = mutants.filter((mutant) => variantOf(mutant) !== null).map(({ name }) => name);
  return [...names, ...Object.keys(clockMutants)];
}

/** @throws RangeError when there is no such mutant, or none that can be simulated. */
export function findVariant(name: string): Variant {
  const clocks = clockMutants[name];
  if (clocks !== undefined) return { ...production, name, clocks };
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
    name,
    // No transition looks into a body, so the transitions of the explorer's bodies fit any bodies.
    transitions: protocol.transitions as unknown as CacheTransitions<StoredBody>,
    writePlan: protocol.writePlan,
    losesFences,
    clocks: productionClocks,
  };
}
