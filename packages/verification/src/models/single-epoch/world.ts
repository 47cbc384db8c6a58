/**
 * A world: its writers, its readers, and the faults that may strike, with how
 * often.
 *
 * The explorer visits every state that a world can reach. A result covers only
 * the events that the world has, so each bound is stated here.
 *
 * Two families of assumptions matter (docs/protocol.md, "Scope and known
 * limits"):
 * - `answered`: no write is acknowledged and no read is answered before the
 *   cache has answered the publish or raise. Then even fences may be lost.
 * - `unanswered`: a write is acknowledged, and a reader answers, although the
 *   cache gave no answer. Then fences must not be lost.
 */
import type { Populate } from "@trilane/write-through/protocol";
import type { Bound } from "../../engine/budget.ts";

export interface WorldRecord {
  readonly key: number;
  /** The ordinal of the version, from 1. */
  readonly version: number;
}

export interface WorldWriter {
  /** One record, or a batch that goes through FENCE, STORE and PUBLISH in lockstep. */
  readonly records: readonly WorldRecord[];
  readonly populate: Populate;
}

export interface World {
  readonly name: string;
  readonly summary: string;
  readonly keys: number;
  readonly writers: readonly WorldWriter[];
  /** One number per reader: how many reads it makes, one after another. */
  readonly readers: readonly number[];
  /** The states that can be lost at any time, any number of times. Lease expiry is part of both. */
  readonly evictions: "none" | "all-but-fences" | "any-state";
  /**
   * Whether another program writes over the states that can be lost, at any time and any number of times, or their
   * bytes are damaged. The next command that meets the value heals it.
   */
  readonly overwrites: boolean;
  /** A writer dies between any two steps, or after its acknowledgement; then its record is delivered again. */
  readonly crashes: Bound;
  /** Puts whose sender learns nothing, and which land at any later time, or never. */
  readonly latePuts: Bound;
  /** Cache commands whose sender learns nothing, and which execute at any later time, or never. */
  readonly lateCommands: number;
  /** The behaviour of a writer without an answer to PUBLISH: "carry-on" acknowledges. */
  readonly writersWithoutAnswer: "give-up" | "carry-on";
  /** The behaviour of a reader without an answer of the cache: "carry-on" answers from the store. */
  readonly readersWithoutAnswer: "give-up" | "carry-on";
  /** Whether a writer may give up for good, without a redelivery. */
  readonly abandons: boolean;
  /** Whether the cache is switched off and on again, which begins a new epoch. */
  readonly epochChange: boolean;
  /** Whether it takes about a second and runs in the tests. */
  readonly quick: boolean;
  /** "nothing" for worlds inside the claim. Outside of it: the finding that shows the limit of the claim. */
  readonly expects: "nothing" | "violation" | "upkeep";
}

export type WorldBounds = Partial<World> & Pick<World, "name" | "summary" | "writers" | "readers">;

const QUIET_WORLD = {
  keys: 1,
  evictions: "none",
  overwrites: false,
  crashes: 0,
  latePuts: 0,
  lateCommands: 0,
  writersWithoutAnswer: "give-up",
  readersWithoutAnswer: "give-up",
  abandons: false,
  epochChange: false,
  quick: false,
  expects: "nothing",
} as const;

/** A world without faults, except for those that are named. */
export function defineWorld(bounds: WorldBounds): World {
  return { ...QUIET_WORLD, ...bounds };
}

/** A writer of one record of key 0. */
export function writes(version: number, populate: Populate = "always"): WorldWriter {
  return { records: [{ key: 0, version }], populate };
}

/** A writer of several records at once, given as [key, version]. */
export function writesBatch(...records: readonly (readonly [number, number])[]): WorldWriter {
  return {
    records: records.map(([key, version]) => ({ key, version })),
    populate: "always",
  };
}
